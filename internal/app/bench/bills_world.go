package bench

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

const (
	billsMerchant = "1900000001"
	// faultEvery is how many lines there are to a fault.
	faultEvery = 1000
)

// seeded are the faults, one after another.
var seeded = []recon.Kind{recon.MissingHere, recon.MissingThere, recon.UnknownOrder, recon.AmountDiffers, recon.TransactionDiffers, recon.FeeDiffers, recon.Duplicate, recon.LedgerDiffers,
	recon.RefundMissingHere, recon.RefundMissingThere}

// billsWorld is a day of payments and its bills.
type billsWorld struct {
	o           BillsOptions
	dir         string
	cfg         config.Config
	shops       []id.ID
	from        time.Time
	want        map[string]bool // "kind number"
	hashes      [2]string
	trade, fund *billFile
	paid, fees  money.Fen
	back        money.Fen
	lines       int
}

func newBillsWorld(ctx context.Context, o BillsOptions) (*billsWorld, error) {
	w := &billsWorld{o: o, want: map[string]bool{}, dir: o.Dir}
	var err error
	if w.dir == "" {
		if w.dir, err = os.MkdirTemp("", "shuke-bench-"); err != nil {
			return nil, err
		}
	}
	if w.cfg, err = config.Load("", nil); err != nil {
		return nil, err
	}
	w.cfg.Data.Dir, w.cfg.Database.URL = w.dir, o.URL
	if w.from, _, err = recon.Bounds(recon.Day(time.Now().Add(-24 * time.Hour))); err != nil {
		return nil, err
	}
	for i, head := range []string{"交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
		"记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"} {
		name := []recon.Bill{recon.TradeBill, recon.FundBill}[i]
		f, err := newBillFile(filepath.Join(w.dir, string(name)+".csv.gz"))
		if err != nil {
			return nil, err
		}
		f.print("%s\r\n", head)
		if i == 0 {
			w.trade = f
		} else {
			w.fund = f
		}
	}
	return w, nil
}

// billFile is a gzipped bill being written, and the hash of its text.
type billFile struct {
	f   *os.File
	b   *bufio.Writer
	z   *gzip.Writer
	sum hash.Hash
	w   *bufio.Writer
	n   int
}

func newBillFile(path string) (*billFile, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	z, err := gzip.NewWriterLevel(b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	sum := sha1.New()
	return &billFile{f: f, b: b, z: z, sum: sum, w: bufio.NewWriterSize(io.MultiWriter(z, sum), 1<<16)}, nil
}

func (f *billFile) print(format string, args ...any) { _, _ = fmt.Fprintf(f.w, format, args...) }

// close ends the file and gives the hash of its text.
func (f *billFile) close() (string, error) {
	err := errors.Join(f.w.Flush(), f.z.Close(), f.b.Flush(), f.f.Close())
	return hex.EncodeToString(f.sum.Sum(nil)), err
}

// fill writes the payments of the day and the bills' lines, and their faults.
func (w *billsWorld) fill(ctx context.Context) error {
	h, err := app.Open(ctx, w.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	for i := range benchShops {
		handle := fmt.Sprintf("bench-%d", i)
		s, _, err := h.Onboarding.CreateShop(ctx, shop.Shop{Handle: handle, Name: "测试店 " + handle}, onboarding.Owner{Login: handle, Name: "店主", Password: "bench-password"})
		if err != nil {
			return err
		}
		w.shops = append(w.shops, s.ID)
	}
	const batch = 5000
	for from := 0; from < w.o.Lines; from += batch {
		day := make([]dayPayment, 0, batch)
		for i := from; i < min(from+batch, w.o.Lines); i++ {
			day = append(day, w.payment(h.IDs, i))
		}
		if err := h.DB.Write(ctx, func(tx *db.Tx) error { return putDay(tx, h.IDs, day) }); err != nil {
			return err
		}
		for _, p := range day {
			w.tell(p)
		}
	}
	w.trade.print("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`%d,`%s,`%s,`0.00,`%s000,`%s,`%s\r\n", w.lines, yuan(w.paid), yuan(w.back), yuan(w.fees), yuan(w.paid), yuan(w.back))
	if w.back > 0 {
		w.fund.n++
		w.fund.print("`%s,`5,`5,`退款,`退款,`支出,`%s,`0.00,`x,`,`5\r\n", w.from.In(recon.Zone).Format("2006-01-02 15:04:05"), yuan(w.back))
	}
	w.fund.print("资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`%d,`0,`0.00,`0,`0.00\r\n", w.fund.n)
	if w.hashes[0], err = w.trade.close(); err != nil {
		return err
	}
	w.hashes[1], err = w.fund.close()
	return err
}

func yuan(f money.Fen) string { return fmt.Sprintf("%d.%02d", f/100, f%100) }

// dayPayment is a payment of the day and the fault it has.
type dayPayment struct {
	part     payment.Part
	checkout id.ID
	refund   id.ID
	fault    recon.Kind
}

// payment is the i-th of the day.
func (w *billsWorld) payment(ids *id.Source, i int) dayPayment {
	buyer, no := id.ID(1_000_000+i%50_000), ids.Next()
	p := dayPayment{checkout: ids.Next(), part: payment.Part{ShopID: w.shops[i%len(w.shops)], OrderID: ids.Next(), PaymentID: no, BuyerID: buyer, Provider: payment.Wechat, MchID: billsMerchant,
		TradeNo: payment.TradeNo(buyer, no), TransactionID: fmt.Sprintf("42000%023d", i), Amount: money.Fen(100 + i*7919%100_000), State: payment.Paid}}
	p.part.PaidAt = w.from.Add(time.Duration(int64(i)*86_400/int64(w.o.Lines)) * time.Second)
	if i%faultEvery == faultEvery/2 {
		p.fault = seeded[i/faultEvery%len(seeded)]
		if p.fault == recon.RefundMissingThere {
			p.refund = ids.Next()
		}
	}
	return p
}

var (
	putParts  = db.Rows{Into: `INSERT INTO order_payments (shop_id, order_id, payment_id, buyer_id, provider, mch_id, trade_no, transaction_id, amount, refunded, state, paid_at) VALUES`, Cols: 12}
	putPays   = db.Rows{Into: `INSERT INTO payments (buyer_id, id, checkout_id, provider, kind, trade_no, amount, state, app_id, open_id, pay_deadline, created_at, updated_at) VALUES`, Cols: 13}
	putChecks = db.Rows{Into: `INSERT INTO checkouts (buyer_id, id, total, shops, pay_deadline, created_at) VALUES`, Cols: 6}
)

// putDay writes a batch of payments as they stand after a day.
func putDay(tx *db.Tx, ids *id.Source, day []dayPayment) error {
	var parts, pays, checks []any
	var books []ledger.Transfer
	for _, p := range day {
		q := p.part
		state, refunded, booked, at := "paid", money.Fen(0), q.Amount, q.PaidAt
		switch p.fault {
		case recon.UnknownOrder, recon.RefundMissingHere:
			continue // not ours
		case recon.MissingHere:
			state, booked, at, q.TransactionID = "open", 0, time.Time{}, ""
		case recon.LedgerDiffers:
			booked--
		case recon.RefundMissingThere:
			refunded = 10
		}
		parts = append(parts, q.ShopID, q.OrderID, q.PaymentID, q.BuyerID, q.Provider, q.MchID, q.TradeNo, q.TransactionID, q.Amount, refunded, state, at)
		pays = append(pays, q.BuyerID, q.PaymentID, p.checkout, q.Provider, "single", q.TradeNo, q.Amount, state, "wx", "o", q.PaidAt, q.PaidAt, q.PaidAt)
		checks = append(checks, q.BuyerID, p.checkout, q.Amount, fmt.Sprintf(`[{"shop_id":"%s","order_id":"%s"}]`, q.ShopID, q.OrderID), q.PaidAt, q.PaidAt)
		if booked > 0 {
			books = append(books, ledger.PaidAfterAll(q.Provider, q.ShopID, q.OrderID, q.PaymentID, booked))
		}
		if p.refund != 0 {
			if _, err := tx.Exec(`INSERT INTO refunds (shop_id, id, order_id, payment_id, refund_no, provider_id, amount, reason, state, created_at, finished_at, updated_at)
				VALUES ($1, $2, $3, $4, $5, '50', 10, 'x', 'succeeded', $6, $6, $6)`, q.ShopID, p.refund, q.OrderID, q.PaymentID, payment.RefundNo(q.ShopID, p.refund), q.PaidAt); err != nil {
				return err
			}
			books = append(books, ledger.Refunded(q.Provider, q.ShopID, q.OrderID, p.refund, 10))
		}
	}
	if err := errors.Join(putParts.Put(tx, parts), putPays.Put(tx, pays), putChecks.Put(tx, checks)); err != nil {
		return err
	}
	return ledger.Post(tx, ids, day[0].part.PaidAt, books)
}

// tell writes what the bills say of a payment.
func (w *billsWorld) tell(p dayPayment) {
	q := p.part
	number := q.TradeNo
	fee := (q.Amount*60 + 5000) / 10_000
	switch p.fault {
	case recon.MissingThere:
		w.expect(p.fault, number)
		return
	case recon.UnknownOrder:
		number = "other-" + q.PaymentID.String()
	case recon.AmountDiffers:
		q.Amount += 100
		fee = (q.Amount*60 + 5000) / 10_000
	case recon.TransactionDiffers:
		q.TransactionID = "43" + q.TransactionID[2:]
	case recon.FeeDiffers:
		fee++
	case recon.Duplicate:
		w.line(q, number, fee)
	case recon.RefundMissingHere:
		no := "by-hand-" + q.PaymentID.String()
		w.lines++
		w.back += q.Amount
		w.trade.print("`%s,`wx1,`%s,`0,`,`%s,`%s,`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50%s,`%s,`%s,`0.00,`ORIGINAL,`SUCCESS,`明前龙井,`,`0.00000,`0.60%%,`0.00,`%s,`\r\n",
			q.PaidAt.In(recon.Zone).Format("2006-01-02 15:04:05"), billsMerchant, q.TransactionID, number, q.PaymentID, no, yuan(q.Amount), yuan(q.Amount))
		w.expect(p.fault, no)
		return
	case recon.RefundMissingThere:
		w.expect(p.fault, payment.RefundNo(q.ShopID, p.refund))
	}
	if p.fault != "" && p.fault != recon.RefundMissingThere {
		w.expect(p.fault, number)
	}
	w.line(q, number, fee)
}

func (w *billsWorld) expect(k recon.Kind, number string) { w.want[string(k)+" "+number] = true }

// line is a payment on both bills.
func (w *billsWorld) line(q payment.Part, number string, fee money.Fen) {
	w.lines++
	w.paid, w.fees = w.paid+q.Amount, w.fees+fee
	at := q.PaidAt.In(recon.Zone).Format("2006-01-02 15:04:05")
	w.trade.print("`%s,`wx0123456789abcdef,`%s,`0,`,`%s,`%s,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`JSAPI,`SUCCESS,`OTHERS,`CNY,`%s,`0.00,`0,`0,`0.00,`0.00,`,`,`明前龙井 绿茶 125g 等 2 种商品,`%s,`%s000,`0.60%%,`%s,`0.00,`\r\n",
		at, billsMerchant, q.TransactionID, number, yuan(q.Amount), number, yuan(fee), yuan(q.Amount))
	w.fund.n++
	w.fund.print("`%s,`%s,`%s,`交易,`交易,`收入,`%s,`0.00,`system,`,`%s\r\n", at, q.TransactionID, q.TransactionID, yuan(q.Amount), q.TransactionID)
	if fee > 0 {
		w.fund.n++
		w.fund.print("`%s,`%s,`%s,`交易,`扣除交易手续费,`支出,`%s,`0.00,`system,`,`%s\r\n", at, q.TransactionID, q.TransactionID, yuan(fee), q.TransactionID)
	}
}
