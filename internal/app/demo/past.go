package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/app/demo/world"
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/node"
	"golang.org/x/sync/errgroup"
)

// pastDays is how far back the made-up past goes.
const pastDays = 28

// pastApp is the account under which the people of the past are known. It is not
// the market's, so nobody ever writes to them.
const pastApp = "demo-past"

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// past makes four weeks of visits and orders. Orders go through the real flows
// with clocks of their own, so books and stock hold; only the provider's word is
// made up.
func (s *seeder) past(ctx context.Context) error {
	s.say("四周的来客与订单")
	p := &past{seeder: s, taken: map[int64]bool{}, rng: rand.New(rand.NewPCG(2026, 28))} //nolint:gosec // a made-up past needs no secrets
	lease, err := node.Acquire(ctx, s.DB, s.Now, fmt.Sprintf("demo-past-%d", s.Now().UnixNano()))
	if err != nil {
		return err
	}
	defer func() { _ = lease.Release(context.WithoutCancel(ctx)) }()
	p.node = lease.Number
	if err := p.people(ctx); err != nil {
		return err
	}
	first := s.Now().In(shanghai).AddDate(0, 0, -pastDays)
	for d := range pastDays + 1 {
		day := time.Date(first.Year(), first.Month(), first.Day()+d, 0, 0, 0, 0, shanghai)
		if err := p.day(ctx, day, d); err != nil {
			return err
		}
	}
	return nil
}

type past struct {
	*seeder
	rng    *rand.Rand
	node   int
	buyers []id.ID
	taken  map[int64]bool // milliseconds whose ids belong to an order of the past
}

var surnames = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗")
var givens = []string{"小雨", "子涵", "文静", "建国", "思远", "佳怡", "海燕", "志强", "雪梅", "浩然", "晓东", "丽娜", "一鸣", "春生", "若兰"}
var streets = []string{"文三路 88 号 2 幢 301", "学院路 15 号 6 单元 502", "和平里 3 区 12 号楼 1101", "人民中路 260 号 4 幢", "滨江大道 18 号 9 栋 803"}

// regions of the past's addresses: province, city, district, code.
var regions = [][4]string{{"浙江省", "杭州市", "西湖区", "330106"}, {"上海市", "上海市", "徐汇区", "310104"}, {"广东省", "深圳市", "南山区", "440305"},
	{"四川省", "成都市", "武侯区", "510107"}, {"北京市", "北京市", "海淀区", "110108"}}

// people makes the buyers of the past.
func (p *past) people(ctx context.Context) error {
	const count = 120
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		p.buyers = p.buyers[:0]
		for i := range count {
			b, err := buyer.Recognise(tx, buyer.OpenID{AppID: pastApp, OpenID: fmt.Sprintf("past-%03d", i)}, p.IDs.Next(), p.Now())
			if err != nil {
				return err
			}
			p.buyers = append(p.buyers, b)
		}
		return nil
	})
}

// day makes one day of every shop, up to now.
func (p *past) day(ctx context.Context, day time.Time, n int) error {
	g, lives := errgroup.WithContext(ctx)
	g.SetLimit(64)
	var visits []report.Visit
	for _, of := range p.seeded {
		h := of.History
		visitors := int(h.VisitsPerDay * h.WeekdayPercent[(int(day.Weekday())+6)%7] / 100 * (100 + (h.GrowthPercent-100)*int64(n)/pastDays) / 100)
		visitors = visitors * (92 + p.rng.IntN(17)) / 100
		for i := range visitors {
			at := day.Add(p.hour(h))
			if at.After(p.Now().Add(-10 * time.Minute)) {
				continue
			}
			source := p.source(h)
			who := fmt.Sprintf("vpast%s%04d", of.Handle, (n*visitors/3+i)%2000)
			visits = append(visits, report.Visit{ShopID: of.shop.ID, Visitor: who, Source: source, At: at})
			if p.rng.IntN(10_000) < int(h.ConversionBP) {
				o := p.order(of, at, source)
				g.Go(func() error { return o.live(lives) })
			}
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for len(visits) > 0 {
		k := min(len(visits), 2000)
		if err := p.DB.Write(ctx, func(tx *db.Tx) error { return report.AddVisits(tx, visits[:k]) }); err != nil {
			return err
		}
		visits = visits[k:]
	}
	return nil
}

func (p *past) hour(h world.History) time.Duration {
	var sum int64
	for _, w := range h.HourWeights {
		sum += w
	}
	at := p.rng.Int64N(sum)
	for hour, w := range h.HourWeights {
		if at -= w; at < 0 {
			return time.Duration(hour)*time.Hour + time.Duration(p.rng.IntN(3600))*time.Second
		}
	}
	return 0
}

func (p *past) source(h world.History) string {
	at := p.rng.Int64N(10_000)
	for _, s := range []struct {
		name string
		bp   int64
	}{{"inside", h.SourceBP.Inside}, {"outside", h.SourceBP.Outside}, {"paid", h.SourceBP.Paid}} {
		if at -= s.bp; at < 0 {
			return s.name
		}
	}
	return "floor"
}

// pastOrder is one order of the past with all its chances drawn beforehand, so
// that lives run side by side and still come out the same.
type pastOrder struct {
	*past
	ids     *id.Source // makes ids of the order's own time, so that lists are in order
	shop    seededShop
	buyer   id.ID
	at      time.Time
	source  string
	lines   []checkout.Line
	address checkout.Address
	ship    time.Duration // from payment to parcel
	receive time.Duration // from parcel to receipt
	no      string
}

func (p *past) order(of seededShop, at time.Time, source string) *pastOrder {
	for p.taken[at.UnixMilli()] {
		at = at.Add(time.Millisecond)
	}
	p.taken[at.UnixMilli()] = true
	o := &pastOrder{past: p, shop: of, buyer: p.buyers[p.rng.IntN(len(p.buyers))], at: at, source: source,
		ids:  &id.Source{Node: p.node, Now: func() time.Time { return at }},
		ship: time.Duration(4+p.rng.IntN(30)) * time.Hour, receive: time.Duration(40+p.rng.IntN(80)) * time.Hour,
		no: fmt.Sprintf("SF1%012d", p.rng.Int64N(1e12))}
	for range 1 + p.rng.IntN(3) {
		it := of.items[p.rng.IntN(len(of.items))]
		if it.stock > 20 {
			o.lines = append(o.lines, checkout.Line{Shop: of.shop.ID, SKU: it.sku, Qty: 1 + int64(p.rng.IntN(2))})
		}
	}
	r := regions[p.rng.IntN(len(regions))]
	o.address = checkout.Address{Receiver: string(surnames[p.rng.IntN(len(surnames))]) + givens[p.rng.IntN(len(givens))],
		Phone: fmt.Sprintf("138%08d", p.rng.IntN(1e8)), Province: r[0], City: r[1], District: r[2], RegionCode: r[3], Detail: streets[p.rng.IntN(len(streets))]}
	return o
}

// live places, pays, ships and receives the order at its own times, as far as
// they lie before now.
func (o *pastOrder) live(ctx context.Context) error {
	if len(o.lines) == 0 {
		return nil
	}
	at := func(t time.Time) func() time.Time { return func() time.Time { return t } }
	emitter := &jobs.Emitter{IDs: o.ids}
	place := &checkout.Deps{DB: o.DB, IDs: o.ids, Emitter: emitter, Now: at(o.at), Config: checkout.Config{PayWindow: o.Config.Order.PayWithin}}
	q, err := place.Quote(ctx, o.buyer, o.lines)
	if err != nil {
		return err
	}
	if !q.OK {
		return nil // sold out by then: one customer fewer
	}
	placed, err := place.PlaceOrder(ctx, checkout.In{Buyer: o.buyer, Key: "demo-past-" + o.no, InputHash: idem.Hash([]byte(o.no)), Lines: o.lines,
		Address: o.address, Source: o.source, ExpectTotal: q.Total})
	if errs.Code(err) == "inventory.short" {
		return nil
	}
	if err != nil {
		return err
	}
	if placed.Repeated {
		return nil // a seeding that broke off had it
	}
	paid := o.at.Add(90 * time.Second)
	money := &pay.Deps{DB: o.DB, IDs: o.ids, Emitter: emitter, Now: at(paid), Provider: pastProvider{}, Config: o.Pay.Config}
	money.Config.AppID = pastApp
	if err := settle(ctx, money, o.buyer, placed, paid, o.DB); err != nil {
		return err
	}
	shipped := paid.Add(o.ship)
	if shipped.After(o.Now()) {
		return nil
	}
	parcel := &delivery.Deps{DB: o.DB, IDs: o.ids, Emitter: emitter, Now: at(shipped), Config: o.Delivery.Config}
	no := placed.Orders[0]
	if _, err := parcel.Ship(ctx, delivery.ShipIn{Shop: no.ShopID, Order: no.OrderID, Key: "demo-ship-" + o.no, InputHash: "-", Carrier: "shunfeng", TrackingNo: o.no}); err != nil {
		return err
	}
	received := shipped.Add(o.receive)
	if received.After(o.Now()) {
		return nil
	}
	parcel.Now = at(received)
	return parcel.ConfirmReceived(ctx, o.buyer, no.ShopID, no.OrderID)
}

// settle starts the payment of a placed order and gives it the provider's word.
func settle(ctx context.Context, d *pay.Deps, b id.ID, placed checkout.Placed, at time.Time, dbase *db.DB) error {
	started, err := d.Start(ctx, b, placed.CheckoutID)
	if err != nil {
		return err
	}
	var p payment.Payment
	if err := dbase.Read(ctx, func(tx *db.Tx) error {
		p, err = payment.Get(tx, b, started.PaymentID)
		return err
	}); err != nil {
		return err
	}
	return d.Settle(ctx, payment.Result{TradeNo: p.TradeNo, State: payment.ResultPaid, Parts: []payment.PartResult{{TradeNo: p.TradeNo, MchID: d.Config.MchID,
		TransactionID: "DEMO" + strings.TrimPrefix(p.TradeNo, "P"), Amount: p.Amount, Currency: "CNY", PaidAt: at}}})
}

// errPast is what the provider of the past says to everything but a prepay.
var errPast = errors.New("demo: the made-up past has no provider")

// pastProvider knows prepays only: what happened is told by settle.
type pastProvider struct{}

func (pastProvider) Prepay(_ context.Context, in payment.PrepayIn) (payment.PrepayOut, error) {
	return payment.PrepayOut{PrepayID: "demo-" + in.TradeNo, Lives: time.Hour}, nil
}
func (pastProvider) Query(context.Context, payment.Ref) (payment.Result, error) {
	return payment.Result{}, errPast
}
func (pastProvider) Close(context.Context, payment.Ref) error { return errPast }
func (pastProvider) Refund(context.Context, payment.RefundIn) (payment.RefundResult, error) {
	return payment.RefundResult{}, errPast
}
func (pastProvider) QueryRefund(context.Context, payment.RefundIn) (payment.RefundResult, error) {
	return payment.RefundResult{}, errPast
}
func (pastProvider) JSParams(id string) (payment.JSParams, error) {
	return payment.JSParams{Package: "prepay_id=" + id}, nil
}
