<?php
// A shop in PHP, without an SDK: it orders, hears of the payment, refunds, downloads the day's bills and reconciles them.
// It needs the extensions curl and openssl.
//
//	php wechat/sim/examples/php/shop.php http://127.0.0.1:9527
//	HTTPS_PROXY=http://127.0.0.1:9527 NO_PROXY=127.0.0.1 php -d curl.cainfo=$PWD/ca.pem wechat/sim/examples/php/shop.php http://127.0.0.1:9527 https://api.mch.weixin.qq.com
declare(strict_types=1);

$sim = $argv[1];
$api = $argv[2] ?? $sim;

/** A call over HTTP: its body and its headers, names in small letters. */
function http(string $method, string $url, array $headers, ?string $body): array
{
    $call = curl_init($url);
    $got = [];
    curl_setopt_array($call, [CURLOPT_CUSTOMREQUEST => $method, CURLOPT_HTTPHEADER => $headers, CURLOPT_RETURNTRANSFER => true,
        CURLOPT_USERAGENT => 'shop/1.0', CURLOPT_HEADERFUNCTION => function ($_, string $line) use (&$got) {
            [$name, $value] = explode(':', $line, 2) + [1 => ''];
            $got[strtolower($name)] = trim($value);
            return strlen($line);
        }] + ($body === null ? [] : [CURLOPT_POSTFIELDS => $body]));
    $text = curl_exec($call);
    $status = curl_getinfo($call, CURLINFO_RESPONSE_CODE);
    if ($text === false || $status >= 300) {
        throw new RuntimeException("$method $url: $status " . curl_error($call) . $text);
    }
    return [$text, $got];
}

/** A call of the simulator's control API. */
function sim(string $path, ?array $body = null): array
{
    global $sim;
    [$text] = http($body ? 'POST' : 'GET', "$sim/_sim$path", ['Content-Type: application/json'], $body ? json_encode($body) : null);
    return json_decode($text, true) ?? [];
}

/** Throws unless WeChat Pay signed this answer or notice. */
function verify(array $headers, string $body): void
{
    global $merchant;
    $text = "{$headers['wechatpay-timestamp']}\n{$headers['wechatpay-nonce']}\n$body\n";
    if (openssl_verify($text, base64_decode($headers['wechatpay-signature']), $merchant['platform_certificate'], OPENSSL_ALGO_SHA256) !== 1) {
        throw new RuntimeException('the signature is not WeChat Pay\'s');
    }
}

/** A signed call of WeChat Pay's API; the answer's signature is verified. Only bills come unsigned. */
function pay(string $method, string $path, ?array $body = null, bool $signed = true): string
{
    global $api, $merchant;
    [$now, $nonce, $json] = [time(), bin2hex(random_bytes(16)), $body ? json_encode($body) : ''];
    openssl_sign("$method\n$path\n$now\n$nonce\n$json\n", $signature, $merchant['private_key'], OPENSSL_ALGO_SHA256);
    $token = sprintf('mchid="%s",nonce_str="%s",signature="%s",timestamp="%d",serial_no="%s"', $merchant['mchid'], $nonce, base64_encode($signature), $now, $merchant['serial_no']);
    [$text, $headers] = http($method, $api . $path, ["Authorization: WECHATPAY2-SHA256-RSA2048 $token", 'Content-Type: application/json', 'Accept: application/json'], $body ? $json : null);
    $signed && verify($headers, $text);
    return $text;
}

/** Waits for the next call of the notify_url: verified and decrypted. */
function notice(): array
{
    global $listener, $merchant;
    $caller = stream_socket_accept($listener, 20);
    for ($headers = []; ($line = rtrim(fgets($caller))) !== '';) {
        [$name, $value] = explode(': ', $line, 2) + [1 => ''];
        $headers[strtolower($name)] = $value;
    }
    $body = stream_get_contents($caller, (int) $headers['content-length']);
    verify($headers, $body);
    $sealed = json_decode($body, true)['resource'];
    $raw = base64_decode($sealed['ciphertext']);
    $plain = openssl_decrypt(substr($raw, 0, -16), 'aes-256-gcm', $merchant['apiv3_key'], OPENSSL_RAW_DATA, $sealed['nonce'], substr($raw, -16), $sealed['associated_data']);
    fwrite($caller, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    fclose($caller);
    return json_decode($plain, true);
}

/** The rows of a bill, each with its values by heading, without the two lines of summary. */
function bill(string $path): array
{
    global $api;
    $asked = json_decode(pay('GET', $path), true);
    $text = pay('GET', substr($asked['download_url'], strlen($api)), null, false);
    if (sha1($text) !== $asked['hash_value']) {
        throw new RuntimeException('the bill is not the one that was announced');
    }
    $lines = explode("\n", str_replace("\r", '', trim(preg_replace('/^\xEF\xBB\xBF/', '', $text))));
    $names = explode(',', array_shift($lines));
    return array_map(fn ($line) => array_combine($names, array_map(fn ($v) => ltrim($v, '`'), explode(',', $line))), array_slice($lines, 0, -2));
}

/** Yuan as text in fen. */
function fen(string $yuan): int
{
    return (int) round((float) $yuan * 100);
}

$account = sim('/accounts', ['appid' => 'wx0001', 'name' => '我的服务号']);
$merchant = sim('/merchants', ['mchid' => '1900000001', 'name' => '我的小店', 'appids' => ['wx0001']]);
sim('/people', ['id' => 'lin', 'name' => '林小满', 'balance' => 50000]);
$openid = sim('/people/lin/openid?appid=wx0001')['openid'];
$listener = stream_socket_server('tcp://127.0.0.1:0');
$notify = 'http://' . stream_socket_get_name($listener, false) . '/notify';

// The shop.
$number = (string) (int) (microtime(true) * 1000);
$order = json_decode(pay('POST', '/v3/pay/transactions/jsapi', ['appid' => $account['appid'], 'mchid' => $merchant['mchid'], 'description' => '明前龙井',
    'out_trade_no' => "order-$number", 'notify_url' => $notify, 'amount' => ['total' => 8800], 'payer' => ['openid' => $openid]]), true);
sim('/pay', ['person' => 'lin', 'password' => '123456', 'prepay_id' => $order['prepay_id']]);
$paid = notice();
pay('POST', '/v3/refund/domestic/refunds', ['out_trade_no' => "order-$number", 'out_refund_no' => "refund-$number", 'notify_url' => $notify,
    'amount' => ['refund' => 3000, 'total' => 8800, 'currency' => 'CNY']]);
$back = notice();

$today = new DateTimeImmutable(substr(sim('/clock')['now'], 0, 10)); // +08:00
sim('/clock', ['set' => $today->modify('+1 day')->format('Y-m-d') . 'T11:00:00+08:00']);
$day = $today->format('Y-m-d');
$trades = bill("/v3/bill/tradebill?bill_date=$day");
[$received, $refunded, $fees] = array_map(fn ($name) => array_sum(array_map('fen', array_column($trades, $name))), ['应结订单金额', '退款金额', '手续费']);
$kept = array_sum(array_map(fn ($f) => ($f['收支类型'] === '收入' ? 1 : -1) * fen($f['收支金额(元)']), bill("/v3/bill/fundflowbill?bill_date=$day")));
if ($received - $refunded - $fees !== $kept) {
    throw new RuntimeException("the trade bill leaves $received - $refunded - $fees, the fund flow $kept fen");
}
printf("%s %s received %.2f refunded %.2f fees %.2f kept %.2f\n", $paid['trade_state'], $back['refund_status'], $received / 100, $refunded / 100, $fees / 100, $kept / 100);
