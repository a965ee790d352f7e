package reconcile

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/domain/recon/wechatbill"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

var ctx = context.Background()

const mch = "1900000001"

// desk gives bills that lie ready, by day, as WeChat Pay would send them.
type desk struct {
	wechatbill.Source
	trade, fund map[string]string
	spoil       bool // the file is not the one that was announced
	asked       int
}

func (s *desk) Fetch(_ context.Context, which recon.Bill, day string) (recon.File, error) {
	s.asked++
	text, ok := s.trade[day]
	if which == recon.FundBill {
		text, ok = s.fund[day]
	}
	if !ok {
		return recon.File{}, recon.ErrNoBill
	}
	sum := sha1.Sum([]byte(text))
	if s.spoil {
		sum[0]++
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		return recon.File{}, err
	}
	return recon.File{Body: io.NopCloser(&b), Hash: hex.EncodeToString(sum[:])}, z.Close()
}

// world is a market whose rows are written straight into the rooms.
type world struct {
	t     testing.TB
	d     *db.DB
	deps  *Deps
	desk  *desk
	now   time.Time
	shops []id.ID
	bills map[string]*bill
	n     int64
}

func newWorld(t testing.TB, d *db.DB) *world {
	w := &world{t: t, d: d, now: time.Date(2026, 3, 11, 3, 0, 0, 0, time.UTC), bills: map[string]*bill{},
		desk: &desk{trade: map[string]string{}, fund: map[string]string{}}}
	ids := &id.Source{Now: time.Now, Node: 1}
	store, err := blob.Open(t.TempDir(), 1<<30)
	w.must(err)
	w.deps = &Deps{DB: d, IDs: ids, Emitter: &jobs.Emitter{IDs: ids}, Now: func() time.Time { return w.now }, Bills: store, Dir: t.TempDir(),
		Accounts: []Account{{Account: payment.Account{Provider: payment.Wechat, MchID: mch}, Source: w.desk, FeeBps: 60}}}
	w.write(func(tx *db.Tx) error {
		w.shops = w.shops[:0]
		for i := range 3 {
			no := id.ID(100 + i)
			if _, err := tx.Exec(`INSERT INTO shops (id, handle, name, state, created_at, updated_at) VALUES ($1, $2, $2, 'open', $3, $3)`, no, fmt.Sprint("shop", i), w.now); err != nil {
				return err
			}
			w.shops = append(w.shops, no)
		}
		return nil
	})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(fn func(*db.Tx) error) {
	w.t.Helper()
	w.must(w.d.Write(ctx, fn))
}

// paid is a payment as a test wants it.
type paid struct {
	part   payment.Part
	number string
	at     time.Time
}

// pay writes the payment of an order: state open, paid, late or closed; booked is
// what the ledger says of it.
func (w *world) pay(state payment.State, amount, booked money.Fen, at time.Time, combined bool) paid {
	w.t.Helper()
	w.n++
	ids := w.deps.IDs
	shop := w.shops[w.n%int64(len(w.shops))]
	buyer, no, of, checkout := id.ID(7000+w.n%50), ids.Next(), ids.Next(), ids.Next()
	p := payment.Payment{BuyerID: buyer, ID: no, CheckoutID: checkout, Provider: payment.Wechat, Kind: payment.Single, TradeNo: payment.TradeNo(buyer, no), Amount: amount,
		AppID: "wx", OpenID: "o", PayDeadline: at.Add(time.Hour), CreatedAt: at}
	part := payment.Part{ShopID: shop, OrderID: of, PaymentID: no, BuyerID: buyer, Provider: payment.Wechat, MchID: mch, TradeNo: p.TradeNo, Amount: amount}
	if combined {
		p.Kind, part.TradeNo = payment.Combined, payment.PartNo(shop, ids.Next())
	}
	part.TransactionID = "42" + of.String()
	w.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO checkouts (buyer_id, id, total, shops, pay_deadline, created_at) VALUES ($1, $2, $3, $4, $5, $5)`, buyer, checkout, amount,
			fmt.Sprintf(`[{"shop_id":"%s","order_id":"%s"}]`, shop, of), at); err != nil {
			return err
		}
		if err := payment.Put(tx, p); err != nil {
			return err
		}
		if err := payment.PutPart(tx, part); err != nil {
			return err
		}
		switch state {
		case payment.Paid, payment.Late:
			if _, err := payment.SettlePart(tx, part, state, part.TransactionID, at); err != nil {
				return err
			}
		case payment.Closed:
			if _, err := payment.ClosePart(tx, shop, of, no); err != nil {
				return err
			}
		}
		if booked == 0 {
			return nil
		}
		return ledger.Post(tx, ids, at, []ledger.Transfer{ledger.PaidAfterAll(payment.Wechat, shop, of, no, booked)})
	})
	return paid{part, part.TradeNo, at}
}

// refund writes a refund of a payment in a state, done at a time.
func (w *world) refund(p paid, state payment.RefundState, amount money.Fen, at time.Time) payment.Refund {
	w.t.Helper()
	f := payment.Refund{ShopID: p.part.ShopID, ID: w.deps.IDs.Next(), OrderID: p.part.OrderID, PaymentID: p.part.PaymentID, Amount: amount, Reason: "x", State: state}
	f.RefundNo, f.ProviderID = payment.RefundNo(f.ShopID, f.ID), "50"+f.ID.String()
	w.write(func(tx *db.Tx) error {
		if err := payment.Ask(tx, f, at); err != nil {
			return err
		}
		if _, err := payment.MoveRefund(tx, f, payment.RefundSent, f.ProviderID, "", at, at); err != nil || state == payment.RefundSent {
			return err
		}
		if _, err := payment.MoveRefund(tx, f, state, f.ProviderID, "", time.Time{}, at); err != nil {
			return err
		}
		return ledger.Post(tx, w.deps.IDs, at, []ledger.Transfer{ledger.Refunded(payment.Wechat, f.ShopID, f.OrderID, f.ID, f.Amount)})
	})
	return f
}

// bill is a day's bill in the making.
type bill struct {
	rows                       []string
	amount, back, fee, feeBack money.Fen
	n                          int
}

func (w *world) bill(day string) *bill {
	if w.bills[day] == nil {
		w.bills[day] = &bill{}
	}
	return w.bills[day]
}

const head = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"

func (b *bill) add(at time.Time, transaction, number, state string, amount money.Fen, refundID, refundNo string, back money.Fen, refundState string, fee money.Fen) {
	b.n++
	b.amount, b.back = b.amount+amount, b.back+back
	if back > 0 {
		b.feeBack -= fee
	} else {
		b.fee += fee
	}
	kind := ""
	if back > 0 {
		kind = "ORIGINAL"
	}
	values := []string{at.In(recon.Zone).Format("2006-01-02 15:04:05"), "wx1", mch, "0", "", transaction, number, "o1", "JSAPI", state, "OTHERS", "CNY", plain(amount), "0.00",
		refundID, refundNo, plain(back), "0.00", kind, refundState, "明前龙井,125g", "a,b", plain(fee) + "000", "0.60%", plain(amount), plain(back), ""}
	b.rows = append(b.rows, "`"+strings.Join(values, ",`"))
}

func plain(f money.Fen) string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	return fmt.Sprintf("%s%d.%02d", sign, f/100, f%100)
}

func feeOf(amount money.Fen) money.Fen { return (amount*60 + 5000) / 10000 }

func (b *bill) paid(p paid, at time.Time) {
	b.add(at, p.part.TransactionID, p.number, "SUCCESS", p.part.Amount, "0", "0", 0, "", feeOf(p.part.Amount))
}

func (b *bill) refunded(p paid, f payment.Refund, amount money.Fen, state string, at time.Time) {
	b.add(at, p.part.TransactionID, p.number, "REFUND", 0, f.ProviderID, f.RefundNo, amount, state, -feeOf(amount))
}

// put lays the bills of a day on the desk.
func (w *world) put(day string) {
	b := w.bill(day)
	w.desk.trade[day] = "\ufeff" + head + "\r\n" + strings.Join(append(b.rows, ""), "\r\n") +
		"总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n" +
		fmt.Sprintf("`%d,`%s,`%s,`0.00,`%s000,`%s,`%s\r\n", b.n, plain(b.amount), plain(b.back), plain(b.fee-b.feeBack), plain(b.amount), plain(b.back))
	flow := func(kind, direction string, f money.Fen) string {
		return fmt.Sprintf("`%s 12:00:00,`1,`1,`交易,`%s,`%s,`%s,`0.00,`system,`,`1\r\n", day, kind, direction, plain(f))
	}
	w.desk.fund[day] = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n" +
		flow("交易", "收入", b.amount) + flow("扣除交易手续费", "支出", b.fee) + flow("退款", "支出", b.back-b.feeBack) +
		"资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`3,`1,`0.00,`2,`0.00\r\n"
}

// reconcile makes the run of a day, now, and no other.
func (w *world) reconcile(day string) recon.Run {
	w.t.Helper()
	w.deps.planned = recon.Day(w.now.Add(-24 * time.Hour))
	r, err := w.deps.Again(ctx, payment.Wechat, mch, day, 5)
	w.must(err)
	_, err = w.deps.Sweep(ctx, w.now)
	w.must(err)
	r, err = w.deps.runOf(ctx, r.ID)
	w.must(err)
	return r
}

// found are the differences of a run that are in a state ("" for all), as "kind number".
func (w *world) found(r recon.Run, state recon.State) map[string]recon.Difference {
	w.t.Helper()
	out := map[string]recon.Difference{}
	w.must(w.d.Read(ctx, func(tx *db.Tx) error {
		all, err := recon.List(tx, market, recon.Filter{Run: r.ID, State: state, Limit: 100_000})
		for _, x := range all {
			out[string(x.Kind)+" "+x.Number] = x
		}
		return err
	}))
	return out
}
