import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A shop in Java 17, without an SDK: it orders, hears of the payment, refunds, downloads the day's bills and reconciles them.
 *
 * <pre>
 * java wechat/sim/examples/java/Shop.java http://127.0.0.1:9527
 * keytool -importcert -noprompt -alias pocket -file ca.pem -keystore pocket.jks -storepass changeit
 * java -Djavax.net.ssl.trustStore=pocket.jks -Djavax.net.ssl.trustStorePassword=changeit -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9527 \
 *   wechat/sim/examples/java/Shop.java http://127.0.0.1:9527 https://api.mch.weixin.qq.com
 * </pre>
 */
public class Shop {
    static final HttpClient http = HttpClient.newHttpClient();
    static final LinkedBlockingQueue<String> notices = new LinkedBlockingQueue<>();
    static String sim, api, merchant;
    static PrivateKey key;
    static Certificate platform;

    public static void main(String[] args) throws Exception {
        sim = args[0];
        api = args.length > 1 ? args[1] : sim;
        sim("/accounts", "{\"appid\":\"wx0001\",\"name\":\"我的服务号\"}");
        merchant = sim("/merchants", "{\"mchid\":\"1900000001\",\"name\":\"我的小店\",\"appids\":[\"wx0001\"]}");
        sim("/people", "{\"id\":\"lin\",\"name\":\"林小满\",\"balance\":50000}");
        String openid = field(sim("/people/lin/openid?appid=wx0001", null), "openid");
        String pem = field(merchant, "private_key").replaceAll("-----.*?-----|\\s", "");
        key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        platform = CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(field(merchant, "platform_certificate").getBytes()));
        HttpServer server = listen();
        String notify = "http://127.0.0.1:" + server.getAddress().getPort() + "/notify", number = "" + System.currentTimeMillis();

        String order = pay("POST", "/v3/pay/transactions/jsapi", """
            {"appid":"wx0001","mchid":"1900000001","description":"明前龙井","out_trade_no":"order-%s","notify_url":"%s","amount":{"total":8800},"payer":{"openid":"%s"}}"""
            .formatted(number, notify, openid), true);
        sim("/pay", "{\"person\":\"lin\",\"password\":\"123456\",\"prepay_id\":\"" + field(order, "prepay_id") + "\"}");
        String paid = notices.poll(20, TimeUnit.SECONDS);
        pay("POST", "/v3/refund/domestic/refunds", """
            {"out_trade_no":"order-%s","out_refund_no":"refund-%s","notify_url":"%s","amount":{"refund":3000,"total":8800,"currency":"CNY"}}"""
            .formatted(number, number, notify), true);
        String back = notices.poll(20, TimeUnit.SECONDS);

        LocalDate today = LocalDate.parse(field(sim("/clock", null), "now").substring(0, 10)); // +08:00
        sim("/clock", "{\"set\":\"" + today.plusDays(1) + "T11:00:00+08:00\"}");
        List<String[]> trades = bill("/v3/bill/tradebill?bill_date=" + today), flow = bill("/v3/bill/fundflowbill?bill_date=" + today);
        BigDecimal received = sum(trades, "应结订单金额", null), refunded = sum(trades, "退款金额", null), fees = sum(trades, "手续费", null).setScale(2);
        BigDecimal kept = sum(flow, "收支金额(元)", "收入").subtract(sum(flow, "收支金额(元)", "支出"));
        if (received.subtract(refunded).subtract(fees).compareTo(kept) != 0) {
            throw new IllegalStateException("the trade bill leaves " + received.subtract(refunded).subtract(fees) + ", the fund flow " + kept);
        }
        System.out.printf("%s %s received %s refunded %s fees %s kept %s%n", field(paid, "trade_state"), field(back, "refund_status"), received, refunded, fees, kept);
        server.stop(0);
    }

    /** A call of the simulator's control API. */
    static String sim(String path, String body) throws Exception {
        HttpRequest.Builder call = HttpRequest.newBuilder(URI.create(sim + "/_sim" + path)).header("Content-Type", "application/json");
        return send(body == null ? call : call.POST(BodyPublishers.ofString(body))).body();
    }

    static HttpResponse<String> send(HttpRequest.Builder call) throws Exception {
        HttpResponse<String> answer = http.send(call.build(), BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(answer + " " + answer.body());
        }
        return answer;
    }

    /** A signed call of WeChat Pay's API; the answer's signature is verified. Only bills come unsigned. */
    static String pay(String method, String path, String body, boolean signed) throws Exception {
        long now = System.currentTimeMillis() / 1000;
        String nonce = UUID.randomUUID().toString().replace("-", "");
        Signature by = Signature.getInstance("SHA256withRSA");
        by.initSign(key);
        by.update((method + "\n" + path + "\n" + now + "\n" + nonce + "\n" + body + "\n").getBytes(StandardCharsets.UTF_8));
        String token = "mchid=\"%s\",nonce_str=\"%s\",signature=\"%s\",timestamp=\"%d\",serial_no=\"%s\"".formatted(
            field(merchant, "mchid"), nonce, Base64.getEncoder().encodeToString(by.sign()), now, field(merchant, "serial_no"));
        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(api + path)).method(method, BodyPublishers.ofString(body))
            .header("Authorization", "WECHATPAY2-SHA256-RSA2048 " + token).header("Content-Type", "application/json").header("Accept", "application/json"));
        if (signed) {
            verify(name -> answer.headers().firstValue(name).orElseThrow(), answer.body());
        }
        return answer.body();
    }

    /** Throws unless WeChat Pay signed this answer or notice. */
    static void verify(UnaryOperator<String> header, String body) throws Exception {
        Signature by = Signature.getInstance("SHA256withRSA");
        by.initVerify(platform);
        by.update((header.apply("Wechatpay-Timestamp") + "\n" + header.apply("Wechatpay-Nonce") + "\n" + body + "\n").getBytes(StandardCharsets.UTF_8));
        if (!by.verify(Base64.getDecoder().decode(header.apply("Wechatpay-Signature")))) {
            throw new SecurityException("the signature is not WeChat Pay's");
        }
    }

    /** The merchant's notify_url. */
    static HttpServer listen() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/notify", call -> {
            int status = 500;
            try {
                String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                verify(call.getRequestHeaders()::getFirst, body);
                String sealed = body.substring(body.indexOf("\"resource\""));
                Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(field(merchant, "apiv3_key").getBytes(), "AES"), new GCMParameterSpec(128, field(sealed, "nonce").getBytes()));
                cipher.updateAAD(field(sealed, "associated_data").getBytes());
                notices.add(new String(cipher.doFinal(Base64.getDecoder().decode(field(sealed, "ciphertext"))), StandardCharsets.UTF_8));
                status = 204;
            } catch (Exception e) {
                e.printStackTrace();
            }
            call.sendResponseHeaders(status, -1);
            call.close();
        });
        server.start();
        return server;
    }

    /** The lines of a bill, the headings first, without the two lines of summary. */
    static List<String[]> bill(String path) throws Exception {
        String asked = pay("GET", path, "", true), text = pay("GET", field(asked, "download_url").substring(api.length()), "", false);
        if (!HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8))).equals(field(asked, "hash_value"))) {
            throw new SecurityException("the bill is not the one that was announced");
        }
        List<String[]> lines = text.replace("\ufeff", "").replace("`", "").lines().map(line -> line.split(",", -1)).toList();
        return lines.subList(0, lines.size() - 2);
    }

    /** Adds up a column, in yuan; of a fund flow only the lines of one direction (收支类型). */
    static BigDecimal sum(List<String[]> lines, String heading, String direction) {
        List<String> headings = Arrays.asList(lines.get(0));
        int column = headings.indexOf(heading), way = headings.indexOf("收支类型");
        return lines.stream().skip(1).filter(line -> direction == null || line[way].equals(direction))
            .map(line -> new BigDecimal(line[column])).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** The first text of that name; a program of your own takes a JSON library. */
    static String field(String json, String name) {
        var found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no " + name + " in " + json);
        }
        return found.group(1).replace("\\n", "\n").replace("\\u0026", "&").replace("\\/", "/");
    }
}
