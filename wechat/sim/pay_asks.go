package sim

import (
	"net/http"
	"time"
)

// ask is a pay sheet that something outside the phone opened: a cashier, a browser page, another app.
type ask struct {
	payID, from string
	born        time.Time
}

// askToPay opens a pay sheet on a person's phone and tells the phone. from is code, h5 or app. The caller holds mu.
func (s *Server) askToPay(who, prepayID, from string) *paySheet {
	sheet := s.openSheet(who, prepayID)
	s.world.ways.asks[who] = &ask{payID: sheet.id, from: from, born: s.Clock.Now()}
	s.hub.send(who, "ask", map[string]string{"pay_id": sheet.id, "from": from})
	return sheet
}

// apiAsk tells a phone that was switched on late what it is asked to pay.
func (s *Server) apiAsk(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.openAsk(p.ID); a != nil {
		return map[string]string{"pay_id": a.payID, "from": a.from}, nil
	}
	return map[string]string{}, nil
}

// openAsk is the pay sheet that still waits for a person. After a restart a password that a cashier waits for is asked again.
// The caller holds mu.
func (s *Server) openAsk(who string) *ask {
	a := s.world.ways.asks[who]
	if a == nil {
		if kept := s.world.ways.codes[who]; kept != nil {
			for _, code := range kept.Codes {
				if o := s.world.orders[code.Order]; o != nil && o.State == tradePaying && s.openState(s.world.prepays[o.Prepay]) == "open" {
					s.askToPay(who, o.Prepay, "code")
					return s.world.ways.asks[who]
				}
			}
		}
		return nil
	}
	sheet := s.world.sheets[a.payID]
	if sheet == nil || sheet.cancelled || s.openState(s.world.prepays[sheet.prepay]) != "open" {
		delete(s.world.ways.asks, who)
		return nil
	}
	return a
}

// askOver takes a pay sheet away from a phone: the order it was for has ended otherwise. The caller holds mu.
func (s *Server) askOver(who, prepayID string) {
	a := s.world.ways.asks[who]
	if a == nil {
		return
	}
	if sheet := s.world.sheets[a.payID]; sheet == nil || sheet.prepay == prepayID {
		delete(s.world.ways.asks, who)
		s.hub.send(who, "ask", map[string]string{"over": a.payID})
	}
}
