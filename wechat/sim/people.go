package sim

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Person is one who holds a phone. Balance is in fen.
type Person struct {
	ID          string `json:"id"` // made from a counter when empty
	Name        string `json:"name"`
	Region      string `json:"region,omitempty"`
	Balance     int64  `json:"balance,omitempty"`      // of the wallet
	PayPassword string `json:"pay_password,omitempty"` // six digits, default 123456
	PaysAtOnce  bool   `json:"pays_at_once,omitempty"` // pays every order made for them as soon as it is made, without their phone
}

type person struct {
	Person
	Born        time.Time `json:"born"`
	Wrong       int       `json:"wrong,omitempty"` // wrong pay passwords in a row
	LockedUntil time.Time `json:"locked_until,omitzero"`
	Latitude    float64   `json:"latitude,omitempty"`
	Longitude   float64   `json:"longitude,omitempty"`
	Addresses   []Address `json:"addresses,omitempty"`
}

// Address is a delivery address kept in a person's phone.
type Address struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Phone      string `json:"phone"`
	Province   string `json:"province"`
	City       string `json:"city"`
	District   string `json:"district"`
	Detail     string `json:"detail"`
	PostalCode string `json:"postal_code,omitempty"`
}

const (
	maxPeople    = 1_000_000
	maxAddresses = 20
	maxWallet    = 1_000_000_000_00 // fen
)

var (
	personID    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	payPassword = regexp.MustCompile(`^[0-9]{6}$`)
)

// AddPerson creates a person; an id that exists already changes nothing and gives that person.
func (s *Server) AddPerson(p Person) (Person, error) {
	if err := s.init(); err != nil {
		return Person{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.world.people[p.ID]; old != nil {
		return old.Person, nil
	}
	if p.Name = strings.TrimSpace(p.Name); p.Name == "" || len([]rune(p.Name)) > 32 {
		return p, bad("person.name", "昵称需要 1 到 32 个字", "name must have 1 to 32 characters")
	}
	if p.ID == "" {
		p.ID = "p" + itoa(s.next())
	}
	if !personID.MatchString(p.ID) || strings.HasSuffix(p.ID, "-") {
		return p, bad("person.id", "id 只能是小写字母、数字和连字符，以字母开头，最长 32", "id must match [a-z][a-z0-9-]{0,31}")
	}
	if p.PayPassword == "" {
		p.PayPassword = "123456"
	}
	if !payPassword.MatchString(p.PayPassword) {
		return p, bad("person.password", "支付密码必须是 6 位数字", "pay_password must be six digits")
	}
	if p.Balance < 0 || p.Balance > maxWallet || len(s.world.people) >= maxPeople {
		return p, bad("person.balance", "余额超出范围", "balance is out of range")
	}
	s.world.people[p.ID] = &person{Person: p, Born: s.Clock.Now(), Latitude: 30.2741, Longitude: 120.1551}
	s.touch("person", p.ID)
	return p, nil
}

// People lists everyone by id.
func (s *Server) People() []Person {
	if s.init() != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.people()
}

func (s *Server) people() []Person {
	list := make([]Person, 0, len(s.world.people))
	for _, p := range s.world.people {
		list = append(list, p.Person)
	}
	slices.SortFunc(list, func(a, b Person) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// OpenID is the person's id in the account appid; asking for it makes them known to that account.
func (s *Server) OpenID(appID, personID string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.accounts[appID] == nil || s.world.people[personID] == nil {
		return "", missing("person or account")
	}
	return s.fan(appID, personID).OpenID, nil
}

// fan is the tie between a person and an account; it is made at the first touch.
type fan struct {
	AppID      string    `json:"appid"`
	Person     string    `json:"person"`
	OpenID     string    `json:"openid"`
	Subscribed bool      `json:"subscribed,omitempty"`
	Since      time.Time `json:"since,omitzero"`
	Scene      string    `json:"scene,omitempty"`    // ADD_SCENE_…
	QRScene    int64     `json:"qr_scene,omitempty"` // number of the code followed through
	QRSceneStr string    `json:"qr_scene_str,omitempty"`
	Remark     string    `json:"remark,omitempty"`
	Granted    bool      `json:"granted,omitempty"` // allowed snsapi_userinfo
	Tags       []int     `json:"tags,omitempty"`
	Black      bool      `json:"black,omitempty"`   // on the account's blacklist
	Refuses    bool      `json:"refuses,omitempty"` // switched the account's messages off
	MassMonth  string    `json:"mass_month,omitempty"`
	MassGot    int       `json:"mass_got,omitempty"` // mass messages received in MassMonth

	// Windows in which customer-service messages may be sent (protocol A5).
	MsgUntil   time.Time `json:"msg_until,omitzero"`
	MsgLeft    int       `json:"msg_left,omitempty"`
	BriefUntil time.Time `json:"brief_until,omitzero"`
	BriefLeft  int       `json:"brief_left,omitempty"`
	PaidUntil  time.Time `json:"paid_until,omitzero"`
	Typing     time.Time `json:"-"` // until when the account shows that it is typing
}

// fan gives the tie between both, creating it. The caller holds mu.
func (s *Server) fan(appID, who string) *fan {
	key := appID + "|" + who
	f := s.world.fans[key]
	if f == nil {
		f = &fan{AppID: appID, Person: who, OpenID: s.world.derive("openid", appID, who)}
		s.world.fans[key] = f
		s.world.openids[f.OpenID] = f
		s.touchFan(f)
	}
	return f
}

func (s *Server) touchFan(f *fan) { s.touch("fan", f.AppID+"|"+f.Person) }

// unionID ties a person's openids of one subject together.
func (s *Server) unionID(a *account, who string) string {
	if a.Subject == "" {
		return ""
	}
	return s.world.derive("unionid", a.Subject, who)
}
