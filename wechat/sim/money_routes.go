package sim

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// moneyRoutes is the control API of merchants' and people's money (docs/money.md).
func (s *Server) moneyRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /merchants/{mchid}/money", s.apiMoney)
	s.handle(mux, "POST /merchants/{mchid}/money", s.apiSetMoney)
	s.handle(mux, "POST /merchants/{mchid}/money/move", s.apiMoveMoney)
	s.handle(mux, "GET /merchants/{mchid}/money/flow", s.apiFlow)
	s.handle(mux, "GET /people/{id}/money", s.apiPersonMoney)
	s.handle(mux, "POST /people/{id}/money", s.apiSetPersonMoney)
}

func (s *Server) apiMoney(r *http.Request) (any, error) {
	mchID := r.PathValue("mchid")
	set, err := s.MoneySettings(mchID)
	if err != nil {
		return nil, err
	}
	have, err := s.Balances(mchID)
	return map[string]any{"settings": set, "balances": have}, err
}

// apiSetMoney changes what is given and leaves the rest.
func (s *Server) apiSetMoney(r *http.Request) (any, error) {
	set, err := s.MoneySettings(r.PathValue("mchid"))
	if err != nil {
		return nil, err
	}
	if err := readControl(r, &set); err != nil {
		return nil, err
	}
	set.MchID = r.PathValue("mchid")
	if err := s.SetMoney(set); err != nil {
		return nil, err
	}
	return set, nil
}

func (s *Server) apiMoveMoney(r *http.Request) (any, error) {
	var in struct {
		Account string `json:"account"`
		Amount  int64  `json:"amount"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if in.Account == "" {
		in.Account = accountBasic
	}
	return s.MoveMoney(r.PathValue("mchid"), in.Account, in.Amount)
}

type flowLine struct {
	Seq     int64     `json:"seq"`
	Time    time.Time `json:"time"`
	Kind    string    `json:"kind"`
	Name    string    `json:"name"` // 业务类型
	Amount  int64     `json:"amount"`
	Balance int64     `json:"balance"`
	No      string    `json:"no"`
	Note    string    `json:"note,omitempty"`
}

// apiFlow lists an account's journal, newest first.
func (s *Server) apiFlow(r *http.Request) (any, error) {
	q := r.URL.Query()
	account := q.Get("account")
	if account == "" {
		account = accountBasic
	}
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64)
	limit := limitOf(q.Get("limit"), 100)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.merchants[r.PathValue("mchid")] == nil || !slices.Contains(accountKinds, account) {
		return nil, missing("merchant " + r.PathValue("mchid") + " with account " + account)
	}
	lines := []flowLine{}
	f := s.world.money.flows[r.PathValue("mchid")+"|"+account]
	if f == nil {
		return map[string]any{"flow": lines, "more": false}, nil
	}
	end := len(f.moves)
	if before > 0 {
		end, _ = f.find(before)
	}
	from := max(0, end-limit)
	for i := end - 1; i >= from; i-- {
		m := f.moves[i]
		lines = append(lines, flowLine{m.Seq, m.Time.In(shanghai), m.Kind, moveNames[m.Kind][1], m.Amount, m.Balance, m.No, m.Note})
	}
	return map[string]any{"flow": lines, "more": from > 0}, nil
}

func (s *Server) apiPersonMoney(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.people[r.PathValue("id")] == nil {
		return nil, missing("person " + r.PathValue("id"))
	}
	return s.personMoney(r.PathValue("id")), nil
}

// apiSetPersonMoney changes what is given and leaves the rest.
func (s *Server) apiSetPersonMoney(r *http.Request) (any, error) {
	s.mu.Lock()
	set := s.personMoney(r.PathValue("id"))
	s.mu.Unlock()
	if err := readControl(r, &set); err != nil {
		return nil, err
	}
	set.Person = r.PathValue("id")
	if err := s.SetPersonMoney(set); err != nil {
		return nil, err
	}
	return set, nil
}
