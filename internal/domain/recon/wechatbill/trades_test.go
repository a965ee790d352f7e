package wechatbill

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"pgregory.net/rapid"
)

const allHead = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
const allFoot = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"

// all is a bill of a payment with a voucher, a refund, a refund made by hand and a
// reversal, in a real bill's shape.
var all = []string{
	"\ufeff" + allHead,
	"`2026-03-10 23:59:59,`wx0001,`1900000001,`0,`,`4200001,`P5K-1,`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`29.90,`5.00,`0,`0,`0.00,`0.00,`,`,`龙井, 125g,`a,b,`0.18000,`0.60%,`34.90,`0.00,`",
	"`2026-03-10 12:00:01,`wx0001,`1900000001,`0,`,`4200001,`P5K-1,`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001,`R2S-1,`9.00,`1.00,`ORIGINAL,`SUCCESS,`龙井, 125g,`,`-0.06000,`0.60%,`0.00,`10.00,`",
	"`2026-03-10 12:00:02,`wx0001,`1900000001,`0,`,`4200002,`by hand,`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030002,`0,`1,`0.00,`ORIGINAL,`PROCESSING,`x,`,`0,`0.60%,`0.00,`1.0,`",
	"`2026-03-10 12:00:03,`wx0001,`1900000001,`0,`,`4200003,`P5K-3,`o1,`MICROPAY,`REVOKED,`OTHERS,`CNY,`0.00,`0.00,`5030003,`P5K-3,`2.00,`0.00,`ORIGINAL,`SUCCESS,`x,`,`-0.01000,`0.60%,`0.00,`2.00,`",
	allFoot,
	"`4,`29.90,`12.00,`1.00,`0.11000,`34.90,`13.00",
}

func read(text string) (lines []recon.Line, bad []int64, err error) {
	err = (&Source{}).Trades(strings.NewReader(text), func(l *recon.Line) error { lines = append(lines, *l); return nil },
		func(n int64) error { bad = append(bad, n); return nil })
	return lines, bad, err
}

func join(lines []string, end string) string { return strings.Join(lines, end) + end }

func TestTradesOfEveryKind(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-03-10 "+text, recon.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	want := []recon.Line{
		{No: 2, Kind: recon.LinePaid, Number: "P5K-1", Trade: "P5K-1", Transaction: "4200001", Amount: 3490, Fee: 18, State: "SUCCESS", At: at("23:59:59")},
		{No: 3, Kind: recon.LineRefund, Number: "R2S-1", Trade: "P5K-1", Transaction: "5030001", Amount: 1000, Fee: 6, State: "SUCCESS", At: at("12:00:01")},
		{No: 4, Kind: recon.LineRefund, Number: "refund:5030002", Trade: "by hand", Transaction: "5030002", Amount: 100, State: "PROCESSING", At: at("12:00:02")},
		{No: 5, Kind: recon.LineReversed, Number: "P5K-3", Trade: "P5K-3", Transaction: "5030003", Amount: 200, Fee: 1, State: "SUCCESS", At: at("12:00:03")},
	}
	for _, end := range []string{"\r\n", "\n"} {
		for _, text := range []string{join(all, end), strings.TrimPrefix(join(all, end), "\ufeff"), strings.TrimRight(join(all, end), "\r\n")} {
			got, bad, err := read(text)
			if err != nil || len(bad) > 0 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%v %v\n got %+v\nwant %+v", bad, err, got, want)
			}
		}
	}
}

// TestColumnsAreFoundByName reads the payments' bill, and an older one with other names.
func TestColumnsAreFoundByName(t *testing.T) {
	for _, text := range []string{
		"商户订单号,交易状态,费率,手续费,订单金额,应结订单金额,微信订单号,交易时间\n`n1,`SUCCESS,`0.60%,`0.00600,`1.00,`0.50,`42,`2026-03-10 00:00:00\n总交易单数,订单总金额,手续费总金额\n`1,`1.00,`0.00600\n",
		"交易时间,微信订单号,商户订单号,交易状态,总金额,手续费\n`2026-03-10 00:00:00,`42,`n1,`SUCCESS,`1,`0.01\n总交易单数,总交易额\n`1,`1.0\n",
	} {
		got, bad, err := read(text)
		if err != nil || len(bad) > 0 || len(got) != 1 || got[0].Amount != 100 || got[0].Fee != 1 || got[0].Number != "n1" || got[0].Transaction != "42" {
			t.Errorf("%+v %v %v", got, bad, err)
		}
	}
}

func TestWhatIsNoBill(t *testing.T) {
	whole := join(all, "\n")
	for name, text := range map[string]string{
		"empty": "", "html": "<html>\n", "json": `{"code":"NO_STATEMENT_EXIST"}`, "only names": all[0] + "\n", "no sums": join(all[:5], "\n"), "names of sums only": join(all[:6], "\n"),
		"cut in a row": whole[:len(whole)/2], "a row fewer": join(append(append([]string{}, all[:2]...), all[3:]...), "\n"), "another sum": strings.Replace(whole, "`34.90,`13.00", "`34.91,`13.00", 1),
		"another fee": strings.Replace(whole, "`0.11000,`34", "`0.11001,`34", 1), "refunds": strings.Replace(whole, ",`13.00", ",`13.01", 1), "sums of no number": strings.Replace(whole, "\n`4,", "\n`four,", 1),
		"no number": strings.Replace(whole, "商户订单号", "订单", 1), "too few sums": strings.Replace(whole, "`34.90,`13.00", "`34.90", 1), "long names": strings.Repeat("x", 2*maxLine),
	} {
		if _, _, err := read(text); !errors.Is(err, recon.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRowsThatCannotBeRead(t *testing.T) {
	for name, change := range map[string][2]string{
		"time": {"2026-03-10 12:00:01", "2026-02-30 12:00:01"}, "state": {"`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001", "`NEW,`OTHERS,`CNY,`0.00,`0.00,`5030001"},
		"amount": {"`0.00,`10.00,`\n", "`0.00,`10.001,`\n"}, "a value more": {"`5030001,", "`5030001,`,"}, "fee": {"`-0.06000", "`six"}, "below zero": {"`0.00,`10.00,`\n", "`0.00,`-10.00,`\n"},
		"long": {"`5030001", "`" + strings.Repeat("5", 3*maxLine)},
	} {
		text := join(all, "\n")
		if !strings.Contains(text, change[0]) {
			t.Fatalf("%s: %q is not there", name, change[0])
		}
		got, bad, err := read(strings.Replace(text, change[0], change[1], 1))
		if err != nil || len(bad) != 1 || bad[0] != 3 || len(got) != 3 || got[1].No != 4 {
			t.Errorf("%s: %d lines, bad %v, %v", name, len(got), bad, err)
		}
	}
}

func TestStopsWhenTold(t *testing.T) {
	stop := errors.New("stop")
	err := (&Source{}).Trades(strings.NewReader(join(all, "\n")), func(*recon.Line) error { return stop }, nil)
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

const flows = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\n" +
	"`2026-03-10 12:00:00,`42,`1,`交易,`交易,`收入,`29.90,`129.90,`system,`,`42\n`2026-03-10 12:00:00,`42,`2,`交易,`扣除交易手续费,`支出,`0.18,`129.72,`system,`,`42\n" +
	"`2026-03-10 13:00:00,`50,`3,`退款,`退款,`支出,`9.94,`119.78,`x,`退款总金额10.00元;含手续费0.06元,`REF42\n" +
	"资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`3,`1,`29.90,`2,`10.12\n"

func TestFlows(t *testing.T) {
	var got []recon.Flow
	each := func(f *recon.Flow) error { got = append(got, *f); return nil }
	if err := (&Source{}).Flows(strings.NewReader(flows), each); err != nil {
		t.Fatal(err)
	}
	want := []recon.Flow{{Kind: recon.FlowPaid, Type: "交易", In: true, Amount: 2990, Balance: 12990}, {Kind: recon.FlowFee, Type: "扣除交易手续费", Amount: 18, Balance: 12972},
		{Kind: recon.FlowRefund, Type: "退款", Amount: 994, Balance: 11978}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%+v", got)
	}
	for name, text := range map[string]string{"empty": "", "cut": flows[:len(flows)/2], "direction": strings.Replace(flows, "`收入", "`出入", 1), "amount": strings.Replace(flows, "`29.90,`129.90", "`x,`129.90", 1),
		"count": strings.Replace(flows, "\n`3,", "\n`4,", 1), "column": strings.Replace(flows, "业务类型", "类型", 1), "values": strings.Replace(flows, "`system,", "`", 1), "no sums": flows[:strings.Index(flows, "`3,")]} {
		if err := (&Source{}).Flows(strings.NewReader(text), func(*recon.Flow) error { return nil }); !errors.Is(err, recon.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextIsTheOneAnnounced(t *testing.T) {
	text := join(all, "\n")
	sum := sha1.Sum([]byte(text))
	r, err := (&Source{}).Text(strings.NewReader(text), hex.EncodeToString(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != text {
		t.Fatal(err)
	}
	if r, err = (&Source{}).Text(strings.NewReader(text+" "), hex.EncodeToString(sum[:])); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, recon.ErrHash) {
		t.Fatal(err)
	}
	if _, err := (&Source{}).Text(bytes.NewReader([]byte{0x1f, 0x8b, 0}), ""); !errors.Is(err, recon.ErrBroken) {
		t.Fatal(err)
	}
}

func TestDecimals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(-1e15, 1e15).Draw(t, "v")
		sign, u := "", v
		if v < 0 {
			sign, u = "-", -v
		}
		text := fmt.Sprintf("%s%d.%05d", sign, u/100_000, u%100_000)
		if got, ok := decimal([]byte(text)); !ok || got != v {
			t.Fatalf("%s: %d %v", text, got, ok)
		}
		f, ok := amount([]byte(text))
		if whole := v >= 0 && v%fine == 0; ok != whole || ok && f != money.Fen(v/fine) {
			t.Fatalf("%s: %s %v", text, f, ok)
		}
		if r := roundFen(v); 2*(int64(r)*fine-v) > fine || 2*(v-int64(r)*fine) > fine {
			t.Fatalf("%d rounds to %d", v, r)
		}
	})
	for _, bad := range []string{"", "-", ".", "1.", ".5", "1.123456", "1,000.00", "1e3", " 1", "1.2.3", "+1", "9999999999999999999999"} {
		if v, ok := decimal([]byte(bad)); ok {
			t.Errorf("%q is %d", bad, v)
		}
	}
}

func FuzzTrades(f *testing.F) {
	f.Add(join(all, "\r\n"))
	f.Add(join(all, "\n"))
	f.Add("商户订单号,交易状态,应结订单金额,微信订单号,交易时间\n`n,`SUCCESS,`1,`4,`2026-03-10 00:00:00\n总交易单数\n`1\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows := int64(0)
		err := (&Source{}).Trades(strings.NewReader(text), func(l *recon.Line) error {
			rows++
			if l.Amount < 0 || l.Number == "" || l.Kind < recon.LinePaid || l.Kind > recon.LineReversed || l.No < 2 || l.At.IsZero() {
				t.Fatalf("%+v", l)
			}
			return nil
		}, func(int64) error { rows++; return nil })
		if err == nil && rows > int64(strings.Count(text, "\n")) {
			t.Fatalf("%d rows of %d lines", rows, strings.Count(text, "\n"))
		}
		if err != nil && !errors.Is(err, recon.ErrBroken) {
			t.Fatal(err)
		}
	})
}

func FuzzFlows(f *testing.F) {
	f.Add(flows)
	f.Fuzz(func(t *testing.T, text string) {
		err := (&Source{}).Flows(strings.NewReader(text), func(l *recon.Flow) error {
			if l.Amount < 0 {
				t.Fatalf("%+v", l)
			}
			return nil
		})
		if err != nil && !errors.Is(err, recon.ErrBroken) {
			t.Fatal(err)
		}
	})
}
