package sim

import (
	"net/http"
	"time"
)

// waysRoutes is the control API of the ways of paying; docs/pay.md describes it.
func (s *Server) waysRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /people/{id}/paycode", s.withPerson(s.apiPayCode))
	s.handle(mux, "POST /people/{id}/paycode", s.withPerson(s.apiPayCodeAsk))
	s.handle(mux, "GET /people/{id}/ask", s.withPerson(s.apiAsk))
	s.handle(mux, "GET /pay/settings", s.apiPaySettings)
	s.handle(mux, "POST /pay/settings", s.apiSetPay)
	s.handle(mux, "POST /people/{id}/app-pay", s.withPerson(s.apiAppPay))
	s.handle(mux, "POST /platform/rotate", s.apiRotate)
	s.handle(mux, "POST /merchants/{mchid}/certificate", s.apiChangeKey)
	s.h5Routes(mux)
	s.cashierRoutes(mux)
}

func (s *Server) apiPayCode(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.unlockDurably()
	return s.payCodeView(p), nil
}

// payCodeView shows the code of this minute. The caller holds mu.
func (s *Server) payCodeView(p *person) payCodeView {
	code := s.payCode(p)
	v := payCodeView{Code: code.Code, Born: code.Born.In(shanghai), Until: code.Born.Add(codeEvery).In(shanghai), Balance: p.Balance, Ask: s.codesOf(p.ID).Ask, Limit: s.world.ways.settings.SmallAmount}
	if v.Ask == "" {
		v.Ask = "limit"
	}
	return v
}

// apiPayCodeAsk sets whether a person is asked for the password when their code is scanned.
func (s *Server) apiPayCodeAsk(r *http.Request, p *person) (any, error) {
	var in struct {
		Ask string `json:"ask"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if in.Ask != "always" && in.Ask != "never" && in.Ask != "limit" {
		return nil, bad("paycode.ask", "ask 只能是 always、never 或 limit", "ask must be always, never or limit")
	}
	s.mu.Lock()
	defer s.unlockDurably()
	kept := s.codesOf(p.ID)
	if kept.Ask = in.Ask; in.Ask == "limit" {
		kept.Ask = ""
	}
	s.touch("paycode", p.ID)
	return s.payCodeView(p), nil
}

func (s *Server) apiPaySettings(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.ways.settings, nil
}

// apiSetPay changes the settings that are named; the others stay.
func (s *Server) apiSetPay(r *http.Request) (any, error) {
	s.mu.Lock()
	in := s.world.ways.settings
	s.mu.Unlock()
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if err := s.SetPay(in); err != nil {
		return nil, err
	}
	return in, nil
}

// PaySettings gives the doubtful points of paying as they are set.
func (s *Server) PaySettings() (PaySettings, error) {
	if err := s.init(); err != nil {
		return PaySettings{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.ways.settings, nil
}

// SetPay replaces the settings of paying; begin with PaySettings and change what is wanted.
func (s *Server) SetPay(set PaySettings) error {
	if err := s.init(); err != nil {
		return err
	}
	if set.SmallAmount < 0 || set.SmallAmount > maxOrderFen || set.PasswordWait < 1 || set.PasswordWait > 7200 || set.ReverseAfter < 0 || set.ReverseAfter > 3600 ||
		set.SigntestRate < 0 || set.SigntestRate > 1 {
		return bad("pay.settings", "支付设置超出范围", "small_amount is fen, password_wait 1 to 7200 s, reverse_after 0 to 3600 s, signtest_rate 0 to 1")
	}
	s.mu.Lock()
	defer s.unlockDurably()
	s.world.ways.settings = set
	s.applyPaySettings()
	s.touch("pay_setting", "pay_setting")
	return nil
}

func (s *Server) apiRotate(r *http.Request) (any, error) {
	var in struct {
		OverlapHours float64 `json:"overlap_hours"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return s.RotatePlatform(time.Duration(in.OverlapHours * float64(time.Hour)))
}
