package sim

import (
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
	"pgregory.net/rapid"
)

// bill day of the tests: noon, so that hours can pass.
var billNoon = time.Date(2026, 3, 10, 12, 0, 0, 0, shanghai)

// freeze sets the simulator's clock to t.
func (g *rig) freeze(t time.Time) {
	g.s.Clock.Freeze()
	g.s.Clock.Set(t)
}

// fetchBill downloads what an address of a bill gives.
func (g *rig) fetchBill(m Merchant, address string) (*http.Response, string) {
	g.t.Helper()
	u := mustURL(g.t, address)
	stamp, nonce := fmt.Sprint(time.Now().Unix()), g.s.text(32)
	signature := must(paycrypt.Sign(merchantKey(g.t, m), paycrypt.RequestMessage("GET", u.RequestURI(), stamp, nonce, nil)))(g.t)
	req := mustRequest(g.t, g.s.URL()+u.RequestURI())
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Authorization", fmt.Sprintf(`%s mchid="%s",serial_no="%s",nonce_str="%s",timestamp="%s",signature="%s"`, paycrypt.Scheme, m.MchID, m.Serial, nonce, stamp, signature))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp, string(must(io.ReadAll(resp.Body))(g.t))
}

// bill asks for a bill and downloads it, checking the hash.
func (g *rig) bill(m Merchant, path string) string {
	g.t.Helper()
	resp, out := g.raw(m, "GET", path, "", nil)
	if resp.StatusCode != 200 {
		g.t.Fatalf("%s: %d %v", path, resp.StatusCode, out)
	}
	file, text := g.fetchBill(m, out["download_url"].(string))
	if file.StatusCode != 200 || file.Header.Get("Wechatpay-Signature") != "" {
		g.t.Fatalf("download: %d, signature %q, %.80s", file.StatusCode, file.Header.Get("Wechatpay-Signature"), text)
	}
	if strings.Contains(path, "tar_type=GZIP") {
		text = string(must(io.ReadAll(must(gzip.NewReader(strings.NewReader(text)))(g.t)))(g.t))
	}
	sum := sha1.Sum([]byte(text))
	if out["hash_type"] != "SHA1" || out["hash_value"] != hex.EncodeToString(sum[:]) {
		g.t.Fatalf("hash %v does not fit the text", out)
	}
	return text
}

// sheet is a bill read strictly: rows and summary by column.
type sheet struct {
	rows []map[string]string
	sum  map[string]string
}

func readBill(t interface{ Fatalf(string, ...any) }, text string) sheet {
	lines := strings.Split(text, "\r\n")
	if lines[len(lines)-1] != "" || len(lines) < 4 {
		t.Fatalf("a bill ends with its summary and a line end: %q", text)
	}
	lines = lines[:len(lines)-1]
	read := func(head, line string) map[string]string {
		names := strings.Split(head, ",")
		if !strings.HasPrefix(line, "`") {
			t.Fatalf("a value lacks its back-quote: %q", line)
		}
		values := strings.Split(line[1:], ",`")
		if len(names) != len(values) {
			t.Fatalf("%d columns, %d values in %q", len(names), len(values), line)
		}
		out := map[string]string{}
		for i, name := range names {
			out[name] = values[i]
		}
		return out
	}
	s := sheet{sum: read(lines[len(lines)-2], lines[len(lines)-1])}
	for _, line := range lines[1 : len(lines)-2] {
		s.rows = append(s.rows, read(lines[0], line))
	}
	return s
}

// fen reads an amount of a bill: 2 decimals, or 5 of which the last 3 must be nought.
func fen(t interface{ Fatalf(string, ...any) }, text string) int64 {
	whole, part, ok := strings.Cut(text, ".")
	if len(part) == 5 && strings.HasSuffix(part, "000") {
		part = part[:2]
	}
	var a, b int64
	if _, err := fmt.Sscanf(strings.TrimPrefix(whole, "-")+" "+part, "%d %d", &a, &b); err != nil || !ok || len(part) != 2 {
		t.Fatalf("%q is no amount of a bill", text)
	}
	if strings.HasPrefix(whole, "-") {
		return -(a*100 + b)
	}
	return a*100 + b
}

func TestBillTextIsOfficial(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	g.pay("order-9001", 2990)
	g.refund("order-9001", "refund-1", 2990, 1000)
	g.s.Clock.Advance(22 * time.Hour)
	lines := strings.Split(g.bill(g.shop, "/v3/bill/tradebill?bill_date=2026-03-10"), "\r\n")
	o := g.s.world.orders["1900000001|order-9001"]
	r := g.s.world.refunds["1900000001|refund-1"]
	want := []string{
		"交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
		"`2026-03-10 12:00:00,`wx0001,`1900000001,`0,`,`" + o.TransactionID + ",`order-9001,`" + g.openID("lin") + ",`JSAPI,`SUCCESS,`OTHERS,`CNY,`29.90,`0.00,`0,`0,`0.00,`0.00,`,`,`明前龙井 125g,`,`0.18000,`0.60%,`29.90,`0.00,`",
		"`2026-03-10 12:00:00,`wx0001,`1900000001,`0,`,`" + o.TransactionID + ",`order-9001,`" + g.openID("lin") + ",`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`" + r.ID + ",`refund-1,`10.00,`0.00,`ORIGINAL,`SUCCESS,`明前龙井 125g,`,`-0.06000,`0.60%,`0.00,`10.00,`",
		"总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
		"`2,`29.90,`10.00,`0.00,`0.12000,`29.90,`10.00", "",
	}
	for i := range want {
		if i >= len(lines) || lines[i] != want[i] {
			t.Fatalf("line %d\n got %q\nwant %q", i, lines[i], want[i])
		}
	}
	fund := readBill(t, g.bill(g.shop, "/v3/bill/fundflowbill?bill_date=2026-03-10&account_type=BASIC&tar_type=GZIP"))
	if len(fund.rows) != 3 || fund.rows[2]["账户结余(元)"] != "19.78" || fund.rows[2]["备注"] != "退款总金额10.00元;含手续费0.06元" || fund.sum["支出金额"] != "10.12" {
		t.Fatalf("fund flow: %v %v", fund.rows, fund.sum)
	}
	if only := readBill(t, g.bill(g.shop, "/v3/bill/tradebill?bill_date=2026-03-10&bill_type=SUCCESS")); len(only.rows) != 1 || only.sum["手续费总金额"] != "0.18000" {
		t.Fatalf("SUCCESS: %v", only)
	}
	if only := readBill(t, g.bill(g.shop, "/v3/bill/tradebill?bill_date=2026-03-10&bill_type=REFUND")); len(only.rows) != 1 || only.rows[0]["退款成功时间"] != "2026-03-10 12:00:00" {
		t.Fatalf("REFUND: %v", only)
	}
}

func (g *rig) pay(number string, total int64) string {
	g.t.Helper()
	if _, err := g.s.Pay("lin", g.prepay(number, total, "lin"), "123456"); err != nil {
		g.t.Fatal(err)
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.world.orders["1900000001|"+number].TransactionID
}

func refundJSON(number, refund string, total, amount int64) string {
	return fmt.Sprintf(`{"out_trade_no":%q,"out_refund_no":%q,"amount":{"refund":%d,"total":%d,"currency":"CNY"}}`, number, refund, amount, total)
}

func (g *rig) refund(number, refund string, total, amount int64) map[string]any {
	g.t.Helper()
	resp, out := g.raw(g.shop, "POST", "/v3/refund/domestic/refunds", refundJSON(number, refund, total, amount), nil)
	if resp.StatusCode != 200 {
		g.t.Fatalf("refund: %d %v", resp.StatusCode, out)
	}
	g.s.Clock.Advance(time.Millisecond)
	return out
}

func TestBillRefusals(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	g.pay("order-9001", 100)
	ask := func(path string, status int, code string) {
		t.Helper()
		resp, out := g.raw(g.shop, "GET", path, "", nil)
		if resp.StatusCode != status || out["code"] != code {
			t.Fatalf("%s: %d %v, want %d %s", path, resp.StatusCode, out, status, code)
		}
	}
	const trade = "/v3/bill/tradebill?bill_date="
	ask(trade+"2026-03-10", 400, "NO_STATEMENT_EXIST")
	ask(trade+"2026-03-11", 400, "INVALID_REQUEST")
	ask(trade+"20260310", 400, "PARAM_ERROR")
	ask("/v3/bill/tradebill", 400, "PARAM_ERROR")
	ask(trade+"2026-03-10&bill_type=SOME", 400, "PARAM_ERROR")
	ask(trade+"2026-03-10&tar_type=ZIP", 400, "PARAM_ERROR")
	ask(trade+"2026-03-10&colour=red", 400, "PARAM_ERROR")
	ask(trade+"2026-03-10&sub_mchid=1900000002", 403, "NO_AUTH")
	g.s.Clock.Set(time.Date(2026, 3, 11, 8, 59, 59, 0, shanghai))
	ask(trade+"2026-03-10", 400, "NO_STATEMENT_EXIST")
	g.s.Clock.Set(time.Date(2026, 3, 11, 9, 0, 0, 0, shanghai))
	ask(trade+"2026-03-10", 400, "STATEMENT_CREATING")
	g.s.Clock.Set(time.Date(2026, 3, 11, 10, 0, 0, 0, shanghai))
	ask(trade+"2026-03-09", 400, "NO_STATEMENT_EXIST")
	ask("/v3/bill/fundflowbill?bill_date=2026-03-10&account_type=OPERATION", 400, "NO_STATEMENT_EXIST")
	resp, out := g.raw(g.shop, "GET", trade+"2026-03-10", "", nil)
	if resp.StatusCode != 200 {
		t.Fatalf("at ten: %d %v", resp.StatusCode, out)
	}
	address := out["download_url"].(string)
	if resp, text := g.fetchBill(g.other, address); resp.StatusCode != 403 || !strings.Contains(text, "NO_AUTH") {
		t.Fatalf("another merchant's bill: %d %s", resp.StatusCode, text)
	}
	if resp, _ := g.fetchBill(g.shop, strings.Replace(address, "token=", "token=A", 1)); resp.StatusCode != 400 {
		t.Fatalf("a token made up: %d", resp.StatusCode)
	}
	g.s.Clock.Advance(5*time.Minute + time.Second)
	if resp, text := g.fetchBill(g.shop, address); resp.StatusCode != 400 || !strings.Contains(text, "过期") {
		t.Fatalf("after five minutes: %d %s", resp.StatusCode, text)
	}
	g.s.Clock.Set(time.Date(2026, 6, 30, 12, 0, 0, 0, shanghai))
	ask(trade+"2026-03-10", 400, "INVALID_REQUEST")
}

// A bill is the same for ever: what happens after 09:00 does not change it.
func TestBillDoesNotChangeLater(t *testing.T) {
	g := newRig(t, &Server{RefundDelay: 30 * time.Hour})
	g.freeze(billNoon)
	g.pay("order-9001", 500)
	g.refund("order-9001", "refund-1", 500, 200)
	g.s.Clock.Advance(23 * time.Hour)
	first := g.bill(g.shop, "/v3/bill/tradebill?bill_date=2026-03-10")
	if !strings.Contains(first, "`PROCESSING") {
		t.Fatalf("the refund is on its way: %s", first)
	}
	g.s.Clock.Advance(24 * time.Hour)
	g.pay("order-9002", 500)
	if again := g.bill(g.shop, "/v3/bill/tradebill?bill_date=2026-03-10"); again != first {
		t.Fatalf("the bill changed:\n%s\n%s", first, again)
	}
}

// A bill is written a piece at a time: what is held of it does not grow with it.
func TestLongBillIsStreamed(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	g.pay("order-9001", 500)
	s := g.s
	s.mu.Lock()
	f := s.world.money.flows["1900000001|BASIC"]
	line := *f.moves[0]
	for range 100_000 {
		line.Seq = s.next()
		copied := line
		f.moves = append(f.moves, &copied)
	}
	s.mu.Unlock()
	s.Clock.Advance(23 * time.Hour)
	_, out := g.raw(g.shop, "GET", "/v3/bill/tradebill?bill_date=2026-03-10", "", nil)
	u := mustURL(t, out["download_url"].(string))
	biggest := 0
	a := &billAsk{Kind: billTrade, MchID: []string{"1900000001"}, Owner: "1900000001", Day: "2026-03-10", Type: "ALL"}
	if no := s.prepareBill(a); no != nil {
		t.Fatal(no)
	}
	if err := s.writeBill(writerFunc(func(p []byte) (int, error) { biggest = max(biggest, len(p)); return len(p), nil }), a); err != nil || biggest > 128<<10 {
		t.Fatalf("the largest piece has %d bytes: %v", biggest, err)
	}
	if _, text := g.fetchBill(g.shop, u.String()); strings.Count(text, "order-9001") != 100_001 {
		t.Fatalf("%d lines came", strings.Count(text, "order-9001"))
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// The bills reconcile with the orders and with each other to the fen, and the journal with the balances, whatever happened.
func TestBillsReconcile(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	must(g.s.TopUp("lin", 100_000_000))(t)
	round := 0
	day := billNoon
	rapid.Check(t, func(rt *rapid.T) {
		round++
		day = day.AddDate(0, 0, 1)
		g.s.Clock.Set(day)
		set := must(g.s.MoneySettings("1900000001"))(t)
		set.FeeRate = rapid.Int64Range(0, 120).Draw(rt, "rate")
		set.FeeAccount = rapid.SampledFrom([]string{accountBasic, accountFees}).Draw(rt, "fee account")
		set.RefundOutcome = rapid.SampledFrom([]string{refundSuccess, refundClosed, refundAbnormal}).Draw(rt, "outcome")
		if err := g.s.SetMoney(set); err != nil {
			rt.Fatal(err)
		}
		must(g.s.MoveMoney("1900000001", accountFees, 40))(t)
		paid, backs := g.randomDay(rt, round)
		g.s.Clock.Set(time.Date(day.Year(), day.Month(), day.Day()+1, 10, 0, 0, 0, shanghai))
		date := url.QueryEscape(day.Format(billDay))
		trade := readBill(rt, g.bill(g.shop, "/v3/bill/tradebill?bill_date="+date))
		basic := readBill(rt, g.bill(g.shop, "/v3/bill/fundflowbill?bill_date="+date))
		fees := readBill(rt, g.bill(g.shop, "/v3/bill/fundflowbill?account_type=FEES&bill_date="+date))
		if len(trade.rows) == 0 {
			return
		}
		var sumPaid, sumBack, sumFee int64
		for _, row := range trade.rows {
			sumPaid += fen(rt, row["订单金额"])
			sumBack += fen(rt, row["退款金额"])
			sumFee += fen(rt, row["手续费"])
		}
		if sumPaid != paid || sumPaid != fen(rt, trade.sum["订单总金额"]) || sumBack != backs || sumBack != fen(rt, trade.sum["退款总金额"]) || sumFee != fen(rt, trade.sum["手续费总金额"]) {
			rt.Fatalf("orders %d %d, bill %d %d fee %d, summary %v", paid, backs, sumPaid, sumBack, sumFee, trade.sum)
		}
		moved := g.flowSum(rt, basic, accountBasic) + g.flowSum(rt, fees, accountFees) - 40
		if moved != sumPaid-sumBack-sumFee {
			rt.Fatalf("the accounts moved by %d, the trade bill says %d - %d - %d", moved, sumPaid, sumBack, sumFee)
		}
	})
}

// randomDay pays and refunds at random and tells what it came to.
func (g *rig) randomDay(rt *rapid.T, round int) (paid, back int64) {
	for i := range rapid.IntRange(1, 4).Draw(rt, "orders") {
		number, total := fmt.Sprintf("order-%04d-%d", round, i), rapid.Int64Range(1, 5000).Draw(rt, "total")
		g.pay(number, total)
		paid += total
		left := total
		for j := range rapid.IntRange(0, 3).Draw(rt, "refunds") {
			amount := rapid.Int64Range(1, total).Draw(rt, "amount")
			resp, _ := g.raw(g.shop, "POST", "/v3/refund/domestic/refunds", refundJSON(number, fmt.Sprintf("%s-%d", number, j), total, amount), nil)
			g.s.Clock.Advance(time.Millisecond)
			if (resp.StatusCode == 200) != (amount <= left) {
				rt.Fatalf("refund %d of %d left: %d", amount, left, resp.StatusCode)
			}
			if resp.StatusCode == 200 && must(g.s.MoneySettings("1900000001"))(g.t).RefundOutcome != refundClosed {
				left, back = left-amount, back+amount
			}
		}
	}
	return paid, back
}

// flowSum adds a fund flow up, line by line against its balances, its summary and the account itself.
func (g *rig) flowSum(rt *rapid.T, b sheet, account string) int64 {
	var sum, in, out int64
	for i, row := range b.rows {
		amount := fen(rt, row["收支金额(元)"])
		if row["收支类型"] == "支出" {
			out += amount
			amount = -amount
		} else {
			in += amount
		}
		sum += amount
		if i > 0 && fen(rt, b.rows[i-1]["账户结余(元)"])+amount != fen(rt, row["账户结余(元)"]) {
			rt.Fatalf("the balance does not follow: %v after %v", row, b.rows[i-1])
		}
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if fen(rt, b.sum["收入金额"]) != in || fen(rt, b.sum["支出金额"]) != out || fen(rt, b.rows[len(b.rows)-1]["账户结余(元)"]) != g.s.balance("1900000001", account) {
		rt.Fatalf("%s: in %d out %d, summary %v, balance %d", account, in, out, b.sum, g.s.balance("1900000001", account))
	}
	var journal int64
	for _, m := range g.s.world.money.flows["1900000001|"+account].moves {
		journal += m.Amount
	}
	if journal != g.s.balance("1900000001", account) {
		rt.Fatalf("%s: the journal adds up to %d, the balance is %d", account, journal, g.s.balance("1900000001", account))
	}
	return sum
}

// The official SDK downloads and the text is whole.
func TestOfficialSDKDownloadsBill(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	g.pay("order-9001", 500)
	g.s.Clock.Advance(22 * time.Hour)
	client, _ := g.official("public_key", g.shop)
	result, err := client.Get(context.Background(), "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_date=2026-03-10")
	if err != nil {
		t.Fatal(err)
	}
	raw := string(must(io.ReadAll(result.Response.Body))(t))
	if !strings.Contains(raw, `"download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=`) {
		t.Fatalf("the address is not on the host that was called: %s", raw)
	}
}

// A payment a cashier took back stands in the bill with its way back, and in the books as nothing.
func TestReversedPaymentInBill(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	if status, out := g.scan("code-0001", g.payCode("lin"), 1000, ""); status != 200 {
		t.Fatalf("codepay: %d %v", status, out)
	}
	g.s.Clock.Advance(time.Minute)
	if status, out := g.reverse("code-0001"); status != 200 {
		t.Fatalf("reverse: %d %v", status, out)
	}
	if b := g.balances("1900000001"); b.Basic != 0 || g.balance("lin") != 100000 {
		t.Fatalf("merchant %+v, wallet %d", b, g.balance("lin"))
	}
	g.s.Clock.Advance(22 * time.Hour)
	b := readBill(t, g.bill(g.shop, "/v3/bill/tradebill?bill_date=2026-03-10"))
	if len(b.rows) != 2 || b.rows[1]["交易状态"] != "REVOKED" || b.rows[1]["退款金额"] != "10.00" || b.rows[1]["手续费"] != "-0.06000" || b.rows[0]["交易类型"] != "MICROPAY" {
		t.Fatalf("bill: %v", b.rows)
	}
	must(g.s.MoveMoney("1900000001", accountBasic, 50))(t)
	if status, out := g.scan("code-0002", g.payCode("lin"), 1000, ""); status != 200 {
		t.Fatalf("codepay: %d %v", status, out)
	}
	must(g.s.MoveMoney("1900000001", accountBasic, -60))(t)
	g.s.Clock.Advance(time.Minute)
	status, out := g.reverse("code-0002")
	wantTrade(t, status, out, 403, "NOT_ENOUGH")
	if g.tradeState("code-0002") != "SUCCESS" {
		t.Fatalf("a reversal that was refused left %s", g.tradeState("code-0002"))
	}
}

// A provider's trade bill has what it ordered for its sub-merchants; each of them has its own books.
func TestProviderBill(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	sp := must(g.s.AddMerchant(Merchant{MchID: "1900000010", Name: "服务商", Kind: KindProvider, AppIDs: []string{"wx0001"}}))(t)
	for _, id := range []string{"1900000001", "1900000002"} {
		must(g.s.AddMerchant(Merchant{MchID: id, Providers: []string{sp.MchID}}))(t)
	}
	order := func(sub, number string, total int64) string {
		body := fmt.Sprintf(`{"sp_appid":"wx0001","sp_mchid":"1900000010","sub_mchid":%q,"description":"茶","out_trade_no":%q,"notify_url":%q,"amount":{"total":%d,"currency":"CNY"},"payer":{"sp_openid":%q},"settle_info":{"profit_sharing":true}}`,
			sub, number, g.dev.URL+"/pay-notify", total, g.openID("lin"))
		resp, out := g.raw(sp, "POST", "/v3/pay/partner/transactions/jsapi", body, nil)
		if resp.StatusCode != 200 {
			t.Fatalf("prepay: %d %v", resp.StatusCode, out)
		}
		must(g.s.Pay("lin", out["prepay_id"].(string), "123456"))(t)
		return g.transactionOf(sub, number)
	}
	transaction := order("1900000001", "order-sp-1", 1000)
	order("1900000002", "order-sp-2", 2000)
	g.pay("order-own", 500) // the sub-merchant's own, not through the provider
	refund := `{"sub_mchid":"1900000001","out_trade_no":"order-sp-1","out_refund_no":"r-1","amount":{"refund":300,"total":1000,"currency":"CNY"}}`
	if resp, out := g.raw(sp, "POST", "/v3/refund/domestic/refunds", refund, nil); resp.StatusCode != 200 {
		t.Fatalf("refund: %d %v", resp.StatusCode, out)
	}
	g.s.Clock.Advance(2 * time.Minute)
	if resp, out := g.raw(sp, "POST", "/v3/profitsharing/receivers/add", `{"sub_mchid":"1900000001","appid":"wx0001","type":"PERSONAL_OPENID","account":"`+g.openID("zhou")+`","relation_type":"STAFF"}`, nil); resp.StatusCode != 200 {
		t.Fatalf("receiver: %d %v", resp.StatusCode, out)
	}
	body := fmt.Sprintf(`{"sub_mchid":"1900000001","appid":"wx0001","transaction_id":%q,"out_order_no":"s-1","unfreeze_unsplit":true,"receivers":[{"type":"PERSONAL_OPENID","account":%q,"amount":100,"description":"分"}]}`, transaction, g.openID("zhou"))
	if resp, out := g.raw(sp, "POST", "/v3/profitsharing/orders", body, nil); resp.StatusCode != 200 || out["sub_mchid"] != "1900000001" {
		t.Fatalf("split: %d %v", resp.StatusCode, out)
	}
	if _, out := g.raw(sp, "GET", "/v3/profitsharing/merchant-configs/1900000001", "", nil); out["max_ratio"] != 3000.0 {
		t.Fatalf("ratio: %v", out)
	}
	g.s.Clock.Advance(22 * time.Hour)
	all := readBill(t, g.bill(sp, "/v3/bill/tradebill?bill_date=2026-03-10"))
	if len(all.rows) != 3 || all.rows[0]["商户号"] != "1900000010" || all.rows[0]["特约商户号"] != "1900000001" || all.sum["订单总金额"] != "30.00" {
		t.Fatalf("all: %v %v", all.rows, all.sum)
	}
	one := readBill(t, g.bill(sp, "/v3/bill/tradebill?bill_date=2026-03-10&sub_mchid=1900000002"))
	own := readBill(t, g.bill(g.shop, "/v3/bill/tradebill?bill_date=2026-03-10"))
	if len(one.rows) != 1 || len(own.rows) != 3 || own.sum["订单总金额"] != "15.00" {
		t.Fatalf("one: %v; own: %v", one.rows, own.rows)
	}
	if resp, out := g.raw(sp, "GET", "/v3/bill/fundflowbill?bill_date=2026-03-10", "", nil); resp.StatusCode != 400 || out["code"] != "NO_STATEMENT_EXIST" {
		t.Fatalf("the provider's own account did not move: %d %v", resp.StatusCode, out)
	}
}

func (g *rig) transactionOf(mchID, number string) string {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.world.orders[mchID+"|"+number].TransactionID
}
