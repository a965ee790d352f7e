// Package staff is the room of the people who work in shops and of the market's
// operators (shop 0): roles, passwords, sessions.
package staff

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Role says what a member of staff may do.
type Role string

// The roles. Operator exists only in shop 0, the market itself.
const (
	Operator  Role = "operator"
	Owner     Role = "owner"
	Manager   Role = "manager"
	Service   Role = "service"
	Warehouse Role = "warehouse"
	Cashier   Role = "cashier"
)

// Permission is one thing an endpoint asks for.
type Permission string

// The permissions.
const (
	SeeOrders     Permission = "orders.see"
	ShipOrders    Permission = "orders.ship"
	SeeAftersale  Permission = "aftersale.see"
	DecideRefund  Permission = "aftersale.decide"
	ReceiveReturn Permission = "aftersale.receive"
	SeeGoods      Permission = "goods.see"
	EditGoods     Permission = "goods.edit"
	EditStock     Permission = "stock.edit"
	ImportGoods   Permission = "goods.import"
	SeeReports    Permission = "reports.see"
	SeeMoney      Permission = "money.see"
	EditPayee     Permission = "money.payee"
	EditShop      Permission = "shop.edit"
	ManageStaff   Permission = "staff.manage"
	SeeJobs       Permission = "jobs.see"
	UseTill       Permission = "till.use" // 收银台
	RunMarket     Permission = "market.run"
)

// grants is the one table of who may do what.
var grants = map[Role][]Permission{
	Operator:  {RunMarket, SeeOrders, SeeAftersale, SeeGoods, SeeReports, SeeMoney, SeeJobs, ManageStaff},
	Owner:     {SeeOrders, UseTill, ShipOrders, SeeAftersale, DecideRefund, ReceiveReturn, SeeGoods, EditGoods, EditStock, ImportGoods, SeeReports, SeeMoney, EditPayee, EditShop, ManageStaff, SeeJobs},
	Manager:   {SeeOrders, UseTill, ShipOrders, SeeAftersale, DecideRefund, ReceiveReturn, SeeGoods, EditGoods, EditStock, ImportGoods, SeeReports, SeeMoney, EditShop, SeeJobs},
	Service:   {SeeOrders, SeeAftersale, DecideRefund, SeeGoods},
	Warehouse: {SeeOrders, ShipOrders, SeeAftersale, ReceiveReturn, SeeGoods, EditStock},
	Cashier:   {SeeOrders, UseTill, SeeGoods},
}

// Roles lists the roles a shop can give.
func Roles() []Role { return []Role{Owner, Manager, Service, Warehouse, Cashier} }

// Can tells whether a role holds a permission.
func (r Role) Can(p Permission) bool {
	for _, g := range grants[r] {
		if g == p {
			return true
		}
	}
	return false
}

// Permissions lists what a role may do.
func (r Role) Permissions() []Permission { return append([]Permission{}, grants[r]...) }

// Member is one person of a shop's staff.
type Member struct {
	ShopID    id.ID     `json:"shop_id"`
	ID        id.ID     `json:"id"`
	Login     string    `json:"login"`
	Name      string    `json:"name"`
	Role      Role      `json:"role" enum:"operator,owner,manager,service,warehouse,cashier"`
	State     string    `json:"state" enum:"active,disabled"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
}

// Errors of the room.
var (
	ErrLogin      = errs.New(errs.Unauthenticated, "staff.login_wrong", "账号或密码不正确", "The login or the password is wrong")
	ErrLoginTaken = errs.New(errs.Conflict, "staff.login_taken", "这个登录名已被使用", "This login is taken")
	ErrInvalid    = errs.New(errs.Invalid, "staff.invalid", "员工资料有误", "The member's details are wrong")
	ErrNotFound   = errs.New(errs.NotFound, "staff.not_found", "没有这位员工", "There is no such member of staff")
	ErrLastOwner  = errs.New(errs.Conflict, "staff.last_owner", "店铺至少要有一位店主", "A shop must keep at least one owner")
)

var loginPattern = regexp.MustCompile(`^[a-z][a-z0-9._-]{2,39}$`)

// Validate says what is wrong with a member's details.
func (m *Member) Validate() error {
	e := ErrInvalid
	m.Login, m.Name = strings.ToLower(strings.TrimSpace(m.Login)), strings.TrimSpace(m.Name)
	if !loginPattern.MatchString(m.Login) {
		e = e.Text("登录名须为 3–40 位小写字母、数字、点、横线或下划线，以字母开头", "The login must be 3–40 lower-case letters, digits, dots, hyphens or underscores, starting with a letter").At("login")
	}
	if n := utf8.RuneCountInString(m.Name); n < 1 || n > 30 {
		e = e.Text("姓名须为 1–30 个字", "The name must have 1–30 characters").At("name")
	}
	if _, ok := grants[m.Role]; !ok || (m.Role == Operator) != (m.ShopID == 0) {
		e = e.Text("角色有误", "This role does not exist here").At("role")
	}
	if len(e.Details) > 0 {
		return e
	}
	return nil
}

const columns = `shop_id, id, login, name, role, state, created_at, seen_at`

func scan(r db.Row) (m Member, err error) {
	return m, r.Scan(&m.ShopID, &m.ID, &m.Login, &m.Name, &m.Role, &m.State, &m.CreatedAt, &m.SeenAt)
}

// Create claims the login and stores a member with a password hash.
func Create(tx *db.Tx, m Member, passwordHash string, now time.Time) error {
	if err := m.Validate(); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO staff_logins (login, shop_id, staff_id) VALUES ($1, $2, $3) ON CONFLICT (login) DO NOTHING`, m.Login, m.ShopID, m.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrLoginTaken.At("login")
	}
	_, err = tx.Exec(`INSERT INTO staff (shop_id, id, login, name, role, password_hash, state, created_at, updated_at) VALUES ($1,$2,$3,$4,$5,$6,'active',$7,$7)`,
		m.ShopID, m.ID, m.Login, m.Name, m.Role, passwordHash, now)
	return err
}

// Get returns a member of a shop.
func Get(tx *db.Tx, shop, member id.ID) (Member, error) {
	m, err := scan(tx.QueryRow(`SELECT `+columns+` FROM staff WHERE shop_id = $1 AND id = $2`, shop, member))
	return m, notFound(err)
}

// List returns the members of a shop, at most 200.
func List(tx *db.Tx, shop id.ID) ([]Member, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM staff WHERE shop_id = $1 ORDER BY id LIMIT 200`, shop)
}

// Change sets name, role and state of a member. A shop keeps an active owner.
func Change(tx *db.Tx, m Member, now time.Time) error {
	if err := m.Validate(); err != nil {
		return err
	}
	if m.State != "active" && m.State != "disabled" {
		return ErrInvalid.Text("状态有误", "The state is not active or disabled").At("state")
	}
	top := Owner
	if m.ShopID == 0 {
		top = Operator
	}
	// Rivals who take each other's role away wait here: the second one counts what the first one left.
	if _, err := tx.Exec(`UPDATE staff SET updated_at = $3 WHERE shop_id = $1 AND role = $2 AND state = 'active'`, m.ShopID, top, now); err != nil {
		return err
	}
	if err := notFound(tx.Must(`UPDATE staff SET name = $3, role = $4, state = $5, updated_at = $6 WHERE shop_id = $1 AND id = $2`,
		m.ShopID, m.ID, m.Name, m.Role, m.State, now)); err != nil {
		return err
	}
	var owners int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM staff WHERE shop_id = $1 AND role = $2 AND state = 'active'`, m.ShopID, top).Scan(&owners); err != nil {
		return err
	}
	if owners == 0 {
		return ErrLastOwner
	}
	if m.State == "disabled" {
		_, err := tx.Exec(`DELETE FROM staff_sessions WHERE shop_id = $1 AND staff_id = $2`, m.ShopID, m.ID)
		return err
	}
	return nil
}

// SetPassword stores a new hash and ends all sessions of the member.
func SetPassword(tx *db.Tx, shop, member id.ID, hash string, now time.Time) error {
	if err := notFound(tx.Must(`UPDATE staff SET password_hash = $3, updated_at = $4 WHERE shop_id = $1 AND id = $2`, shop, member, hash, now)); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM staff_sessions WHERE shop_id = $1 AND staff_id = $2`, shop, member)
	return err
}

// ForLogin returns the active member of a login with the password hash.
// ErrLogin tells that there is none.
func ForLogin(tx *db.Tx, login string) (Member, string, error) {
	var shop, member id.ID
	err := tx.QueryRow(`SELECT shop_id, staff_id FROM staff_logins WHERE login = $1`, strings.ToLower(strings.TrimSpace(login))).Scan(&shop, &member)
	if err != nil {
		return Member{}, "", noLogin(err)
	}
	var m Member
	var hash string
	err = tx.QueryRow(`SELECT `+columns+`, password_hash FROM staff WHERE shop_id = $1 AND id = $2 AND state = 'active'`, shop, member).
		Scan(&m.ShopID, &m.ID, &m.Login, &m.Name, &m.Role, &m.State, &m.CreatedAt, &m.SeenAt, &hash)
	return m, hash, noLogin(err)
}

func noLogin(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrLogin
	}
	return err
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}
