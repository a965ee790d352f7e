package sim

import (
	"time"
)

const (
	sharingOpens  = time.Minute          // after the payment an order can be split
	sharingLife   = 30 * 24 * time.Hour  // after it what was not split is the merchant's again
	returnLife    = 180 * 24 * time.Hour // after a split it can be taken back
	maxSplits     = 50                   // of one order, and receivers of one split
	maxReceivers  = 20_000               // of one merchant
	maxPersonGets = 20_000_000           // fen a person may be given in a month
)

// pool is what an order made for splitting holds frozen in its merchant's basic account. Amounts are fen.
type pool struct {
	MchID   string    `json:"mchid"`
	Order   string    `json:"order"` // key
	Held    int64     `json:"held"`  // can still be split
	Pending int64     `json:"pending,omitempty"`
	Split   int64     `json:"split,omitempty"` // asked for in all: what the maximum ratio bounds
	Splits  int       `json:"splits,omitempty"`
	Until   time.Time `json:"until"`
	Done    bool      `json:"done,omitempty"`
}

// sharingWorld is all of profit sharing; Server.mu guards it.
type sharingWorld struct {
	receivers map[string]*receiver // mchid|type|account
	orders    map[string]*split    // mchid|out_order_no
	returns   map[string]*shareReturn
	pools     map[string]*pool // transaction id

	held     map[string]int64 // mchid: sum of its pools
	received map[string]int64 // person|2006-01
	counts   map[string]int   // receivers by mchid
	byID     map[string]*split
}

func newSharingWorld() sharingWorld {
	return sharingWorld{receivers: map[string]*receiver{}, orders: map[string]*split{}, returns: map[string]*shareReturn{}, pools: map[string]*pool{},
		held: map[string]int64{}, received: map[string]int64{}, counts: map[string]int{}, byID: map[string]*split{}}
}

func (w *sharingWorld) tables() []table {
	return []table{mapTable("sharing_receiver", w.receivers), mapTable("sharing_order", w.orders), mapTable("sharing_return", w.returns), mapTable("sharing_pool", w.pools)}
}

// resumeSharing rebuilds the sums and takes up what was on its way.
func (s *Server) resumeSharing() {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.world.sharing
	for transaction, p := range w.pools {
		w.held[p.MchID] += p.Held + p.Pending
		if !p.Done {
			s.Clock.schedule(p.Until, func() { s.expirePool(transaction) })
		}
	}
	for _, r := range w.receivers {
		w.counts[r.MchID]++
	}
	for key, o := range w.orders {
		w.byID[o.MchID+"|"+o.ID] = o
		for _, d := range o.Details {
			if d.Result == shareSuccess && d.Person != "" {
				w.received[d.Person+"|"+d.Finished.In(shanghai).Format("2006-01")] += d.Amount
			}
		}
		if o.State == shareProcessing {
			s.Clock.schedule(o.DoneAt, func() { s.settleSplit(key) })
		}
	}
	for key, r := range w.returns {
		if r.Result == shareProcessing {
			s.Clock.schedule(r.DoneAt, func() { s.settleReturn(key) })
		}
	}
}

// frozen is what waits to be split of a merchant's basic account. The caller holds mu.
func (s *Server) frozen(mchID string) int64 { return s.world.sharing.held[mchID] }

// heldOf is what an order itself still holds for splitting: a refund of it may use that.
func (s *Server) heldOf(o *order) int64 {
	if p := s.world.sharing.pools[o.TransactionID]; p != nil {
		return p.Held
	}
	return 0
}

// movePool changes a pool and the merchant's sum with it. The caller holds mu.
func (s *Server) movePool(transaction string, p *pool, held, pending int64) {
	p.Held += held
	p.Pending += pending
	s.world.sharing.held[p.MchID] += held + pending
	s.touch("sharing_pool", transaction)
}

// holdForSharing freezes what an order brought when it was ordered with profit_sharing. The caller holds mu.
func (s *Server) holdForSharing(o *order) {
	if !o.ProfitSharing {
		return
	}
	p := &pool{MchID: o.MchID, Order: o.key(), Until: o.PaidAt.Add(sharingLife)}
	s.world.sharing.pools[o.TransactionID] = p
	brought := o.Total
	if o.FeeAccount == accountBasic {
		brought -= o.Fee
	}
	s.movePool(o.TransactionID, p, brought, 0)
	transaction := o.TransactionID
	s.Clock.schedule(p.Until, func() { s.expirePool(transaction) })
}

// expirePool gives a merchant what nobody split in thirty days.
func (s *Server) expirePool(transaction string) {
	s.mu.Lock()
	defer s.unlockDurably()
	if p := s.world.sharing.pools[transaction]; p != nil && !p.Done {
		s.closePool(transaction, p)
	}
}

// closePool ends splitting: what is held is the merchant's. The caller holds mu.
func (s *Server) closePool(transaction string, p *pool) {
	p.Done = true
	s.movePool(transaction, p, -p.Held, 0)
}

// releaseForRefund lowers what is held by what a refund took; a full refund ends splitting. The caller holds mu.
func (s *Server) releaseForRefund(o *order, cost int64) {
	p := s.world.sharing.pools[o.TransactionID]
	switch {
	case p == nil || p.Done:
	case o.Refunded >= o.Total:
		s.closePool(o.TransactionID, p)
	default:
		s.movePool(o.TransactionID, p, -min(p.Held, cost), 0)
	}
}
