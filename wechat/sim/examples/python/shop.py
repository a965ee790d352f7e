"""A shop in Python, without an SDK: it orders, hears of the payment, refunds, downloads the day's bills and reconciles them.

    pip install cryptography
    python3 wechat/sim/examples/python/shop.py http://127.0.0.1:9527
    HTTPS_PROXY=http://127.0.0.1:9527 SSL_CERT_FILE=ca.pem NO_PROXY=127.0.0.1 \\
        python3 wechat/sim/examples/python/shop.py http://127.0.0.1:9527 https://api.mch.weixin.qq.com
"""
import base64, hashlib, http.server, json, queue, secrets, sys, threading, time, urllib.request
from datetime import datetime, timedelta
from decimal import Decimal

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

SIM = sys.argv[1]
API = sys.argv[2] if len(sys.argv) > 2 else SIM


def sim(path, body=None):
    """A call of the simulator's control API."""
    data = body and json.dumps(body).encode()
    req = urllib.request.Request(SIM + "/_sim" + path, data, {"Content-Type": "application/json"})
    return json.loads(urllib.request.urlopen(req).read() or "{}")


account = sim("/accounts", {"appid": "wx0001", "name": "我的服务号"})
merchant = sim("/merchants", {"mchid": "1900000001", "name": "我的小店", "appids": ["wx0001"]})
sim("/people", {"id": "lin", "name": "林小满", "balance": 50000})
openid = sim("/people/lin/openid?appid=wx0001")["openid"]
key = serialization.load_pem_private_key(merchant["private_key"].encode(), None)
platform = load_pem_x509_certificate(merchant["platform_certificate"].encode()).public_key()


def verify(headers, body):
    """Raises InvalidSignature unless WeChat Pay signed this answer or notice."""
    text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
    platform.verify(base64.b64decode(headers["Wechatpay-Signature"]), text, padding.PKCS1v15(), hashes.SHA256())


def pay(method, path, body=None, signed=True):
    """A signed call of WeChat Pay's API; the answer's signature is verified. Only bills come unsigned."""
    body = json.dumps(body).encode() if body else b""
    now, nonce = str(int(time.time())), secrets.token_hex(16)
    text = f"{method}\n{path}\n{now}\n{nonce}\n".encode() + body + b"\n"
    signature = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    token = f'mchid="{merchant["mchid"]}",nonce_str="{nonce}",signature="{signature}",timestamp="{now}",serial_no="{merchant["serial_no"]}"'
    req = urllib.request.Request(API + path, body or None, method=method, headers={
        "Authorization": "WECHATPAY2-SHA256-RSA2048 " + token, "Content-Type": "application/json", "Accept": "application/json"})
    with urllib.request.urlopen(req) as answer:
        raw = answer.read()
        if signed:
            verify(answer.headers, raw)
        return raw


class Notify(http.server.BaseHTTPRequestHandler):
    """The merchant's notify_url."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        verify(self.headers, body)
        r = json.loads(body)["resource"]
        plain = AESGCM(merchant["apiv3_key"].encode()).decrypt(r["nonce"].encode(), base64.b64decode(r["ciphertext"]), r["associated_data"].encode())
        self.send_response(204)
        self.end_headers()
        notices.put(json.loads(plain))

    def log_message(self, *_):
        pass


notices = queue.Queue()
server = http.server.HTTPServer(("127.0.0.1", 0), Notify)
threading.Thread(target=server.serve_forever, daemon=True).start()
notify_url = f"http://127.0.0.1:{server.server_port}/notify"


def bill(path):
    """The rows of a bill, each a dict of heading and value, without the two lines of summary."""
    asked = json.loads(pay("GET", path))
    text = pay("GET", asked["download_url"].removeprefix(API), signed=False)
    assert hashlib.sha1(text).hexdigest() == asked["hash_value"], "the bill is not the one that was announced"
    lines = [line.split(",") for line in text.decode("utf-8-sig").splitlines()]
    return [dict(zip(lines[0], (value.lstrip("`") for value in line))) for line in lines[1:-2]]


# The shop.
number = str(int(time.time() * 1000))
order = json.loads(pay("POST", "/v3/pay/transactions/jsapi", {
    "appid": account["appid"], "mchid": merchant["mchid"], "description": "明前龙井", "out_trade_no": "order-" + number,
    "notify_url": notify_url, "amount": {"total": 8800}, "payer": {"openid": openid}}))
sim("/pay", {"person": "lin", "password": "123456", "prepay_id": order["prepay_id"]})
paid = notices.get(timeout=20)
pay("POST", "/v3/refund/domestic/refunds", {
    "out_trade_no": "order-" + number, "out_refund_no": "refund-" + number, "notify_url": notify_url,
    "amount": {"refund": 3000, "total": 8800, "currency": "CNY"}})
back = notices.get(timeout=20)

today = datetime.fromisoformat(sim("/clock")["now"][:19])  # +08:00
sim("/clock", {"set": f"{today + timedelta(days=1):%Y-%m-%d}T11:00:00+08:00"})
trades = bill(f"/v3/bill/tradebill?bill_date={today:%Y-%m-%d}")
flow = bill(f"/v3/bill/fundflowbill?bill_date={today:%Y-%m-%d}")
received, refunded, fees = (sum(Decimal(t[name]) for t in trades) for name in ("应结订单金额", "退款金额", "手续费"))
kept = sum(Decimal(f["收支金额(元)"]) * (1 if f["收支类型"] == "收入" else -1) for f in flow)
assert received - refunded - fees == kept, f"the trade bill leaves {received - refunded - fees}, the fund flow {kept}"
print(paid["trade_state"], back["refund_status"], "received", received, "refunded", refunded, "fees", f"{fees:.2f}", "kept", kept)
