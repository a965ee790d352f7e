package sim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (s *Server) apiPay(r *http.Request, p *person) (any, error) {
	var in struct {
		Password string `json:"password"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return s.payConfirm(p.ID, r.PathValue("pay"), in.Password)
}

func (s *Server) apiWallet(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	month := s.Clock.Now().Format("2006-01")
	var income, spent int64
	bills := s.world.personBills[p.ID]
	for i := len(bills) - 1; i >= 0 && bills[i].Time.In(shanghai).Format("2006-01") == month; i-- {
		if bills[i].Direction == "in" {
			income += bills[i].Amount
		} else {
			spent += bills[i].Amount
		}
	}
	return map[string]int64{"balance": p.Balance, "income": income, "spent": spent}, nil
}

func (s *Server) apiTopUp(r *http.Request, p *person) (any, error) {
	var in struct {
		Amount int64 `json:"amount"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	balance, err := s.TopUp(p.ID, in.Amount)
	if err != nil {
		return nil, err
	}
	return map[string]int64{"balance": balance}, nil
}

// monthSum is what came and went in a month, in fen.
type monthSum struct {
	Month  string `json:"month"` // 2006-01
	Income int64  `json:"income"`
	Spent  int64  `json:"spent"`
}

// monthSums adds a person's bills up by month, newest first. The caller holds mu.
func (s *Server) monthSums(who string) []monthSum {
	sums := []monthSum{}
	bills := s.world.personBills[who]
	for i := len(bills) - 1; i >= 0; i-- {
		month := bills[i].Time.In(shanghai).Format("2006-01")
		if n := len(sums); n == 0 || sums[n-1].Month != month {
			sums = append(sums, monthSum{Month: month})
		}
		sum := &sums[len(sums)-1]
		if bills[i].Direction == "in" {
			sum.Income += bills[i].Amount
		} else {
			sum.Spent += bills[i].Amount
		}
	}
	return sums
}

func (s *Server) apiBills(r *http.Request, p *person) (any, error) {
	month := r.URL.Query().Get("month")
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	limit := limitOf(r.URL.Query().Get("limit"), 100)
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []billView{}
	more := false
	bills := s.world.personBills[p.ID]
	for i := len(bills) - 1; i >= 0; i-- {
		if before > 0 && bills[i].Seq >= before || month != "" && bills[i].Time.In(shanghai).Format("2006-01") != month {
			continue
		}
		if len(views) == limit {
			more = true
			break
		}
		views = append(views, s.billView(bills[i]))
	}
	return map[string]any{"bills": views, "more": more, "months": s.monthSums(p.ID)}, nil
}

func (s *Server) apiBill(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.world.bill(p.ID, r.PathValue("bill"))
	if b == nil {
		return nil, missing("bill " + r.PathValue("bill"))
	}
	return s.billDetail(b), nil
}

func (s *Server) apiAddresses(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"addresses": append([]Address{}, p.Addresses...)}, nil
}

func (s *Server) apiSaveAddress(r *http.Request, p *person) (any, error) {
	var in Address
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	for _, text := range []string{in.Name, in.Phone, in.Province, in.City, in.Detail} {
		if strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > 120 {
			return nil, bad("address.field", "姓名、电话、省、市和详细地址都要填写", "name, phone, province, city and detail are required")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(p.Addresses, func(a Address) bool { return a.ID == in.ID })
	switch {
	case in.ID != "" && i < 0:
		return nil, missing("address " + in.ID)
	case i >= 0:
		p.Addresses[i] = in
	case len(p.Addresses) >= maxAddresses:
		return nil, bad("address.full", "最多保存 20 个地址", "at most 20 addresses")
	default:
		in.ID = "a" + itoa(s.next())
		p.Addresses = append(p.Addresses, in)
	}
	s.touch("person", p.ID)
	return in, nil
}

func (s *Server) apiDeleteAddress(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(p.Addresses), func(a Address) bool { return a.ID == r.PathValue("aid") })
	if len(left) == len(p.Addresses) {
		return nil, missing("address " + r.PathValue("aid"))
	}
	p.Addresses = left
	s.touch("person", p.ID)
	return nil, nil
}

type position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

func (s *Server) apiLocation(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return position{p.Latitude, p.Longitude}, nil
}

func (s *Server) apiSetLocation(r *http.Request, p *person) (any, error) {
	var in position
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if in.Latitude < -90 || in.Latitude > 90 || in.Longitude < -180 || in.Longitude > 180 {
		return nil, bad("location.range", "坐标超出范围", "latitude or longitude is out of range")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Latitude, p.Longitude = in.Latitude, in.Longitude
	s.touch("person", p.ID)
	return nil, nil
}
