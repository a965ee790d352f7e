// Package shop is the room of the shops of the market.
package shop

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// State of a shop.
type State string

// The states of a shop.
const (
	Open   State = "open"   // sells
	Paused State = "paused" // can be seen, takes no orders
	Closed State = "closed" // cannot be seen
)

// Shop is one merchant's shop.
type Shop struct {
	ID            id.ID     `json:"id"`
	Handle        string    `json:"handle" doc:"name in addresses, e.g. tea"`
	Name          string    `json:"name"`
	NameEn        string    `json:"name_en"`
	Slogan        string    `json:"slogan"`
	Intro         string    `json:"intro"`
	Notice        string    `json:"notice"`
	City          string    `json:"city"`
	Hours         string    `json:"hours" doc:"customer service hours, as text"`
	Phone         string    `json:"phone"`
	Logo          string    `json:"logo" doc:"path of the picture"`
	Cover         string    `json:"cover" doc:"path of the picture"`
	ShippingFee   money.Fen `json:"shipping_fee" doc:"fen per order"`
	FreeOver      money.Fen `json:"free_over" doc:"goods total in fen from which shipping is free; 0: never"`
	ReturnAddress string    `json:"return_address"`
	State         State     `json:"state" enum:"open,paused,closed"`
	CreatedAt     time.Time `json:"created_at"`
}

// Errors of the room.
var (
	ErrNotFound    = errs.New(errs.NotFound, "shop.not_found", "店铺不存在或已关闭", "There is no such shop")
	ErrHandleTaken = errs.New(errs.Conflict, "shop.handle_taken", "这个店铺网址名已被使用", "This shop handle is taken")
	ErrSubMch      = errs.New(errs.Invalid, "shop.sub_mch_id", "特约商户号须为 8–32 位数字", "A sub-merchant number has 8–32 digits")
	ErrInvalid     = errs.New(errs.Invalid, "shop.invalid", "店铺资料有误", "The shop's details are wrong")
)

var handlePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{1,29}$`)

// Validate says what is wrong with the details, naming each field.
func (s *Shop) Validate() error {
	e := ErrInvalid
	s.Name, s.Handle = strings.TrimSpace(s.Name), strings.TrimSpace(s.Handle)
	if !handlePattern.MatchString(s.Handle) {
		e = e.Text("网址名须为 2–30 位小写字母、数字或连字符，以字母开头", "The handle must be 2–30 lower-case letters, digits or hyphens, starting with a letter").At("handle")
	}
	if n := utf8.RuneCountInString(s.Name); n < 2 || n > 30 {
		e = e.Text("店名须为 2–30 个字", "The name must have 2–30 characters").At("name")
	}
	for field, v := range map[string]string{"slogan": s.Slogan, "notice": s.Notice, "hours": s.Hours, "city": s.City} {
		if utf8.RuneCountInString(v) > 200 {
			e = e.Text("内容最多 200 个字", "At most 200 characters").At(field)
		}
	}
	if utf8.RuneCountInString(s.Intro) > 2000 {
		e = e.Text("店铺介绍最多 2000 个字", "The introduction has at most 2,000 characters").At("intro")
	}
	if s.ShippingFee < 0 || s.ShippingFee > 100_000 {
		e = e.Text("运费须在 0 到 1000 元之间", "The shipping fee must be between 0 and 1,000 yuan").At("shipping_fee")
	}
	if s.FreeOver < 0 {
		e = e.Text("包邮金额不能为负", "The free-shipping threshold cannot be negative").At("free_over")
	}
	if s.State != Open && s.State != Paused && s.State != Closed {
		e = e.Text("店铺状态有误", "The state is not open, paused or closed").At("state")
	}
	if len(e.Details) > 0 {
		return e
	}
	return nil
}

const columns = `id, handle, name, name_en, slogan, intro, notice, city, hours, phone, logo, cover, shipping_fee, free_over, return_address, state, created_at`

func scan(r db.Row) (s Shop, err error) {
	return s, r.Scan(&s.ID, &s.Handle, &s.Name, &s.NameEn, &s.Slogan, &s.Intro, &s.Notice, &s.City, &s.Hours, &s.Phone,
		&s.Logo, &s.Cover, &s.ShippingFee, &s.FreeOver, &s.ReturnAddress, &s.State, &s.CreatedAt)
}

// Create claims the handle and stores a valid shop.
func Create(tx *db.Tx, s Shop, now time.Time) error {
	if err := s.Validate(); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO handles (handle, shop_id) VALUES ($1, $2) ON CONFLICT (handle) DO NOTHING`, s.Handle, s.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrHandleTaken.At("handle")
	}
	_, err = tx.Exec(`INSERT INTO shops (`+columns+`, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$17)`,
		s.ID, s.Handle, s.Name, s.NameEn, s.Slogan, s.Intro, s.Notice, s.City, s.Hours, s.Phone, s.Logo, s.Cover,
		s.ShippingFee, s.FreeOver, s.ReturnAddress, s.State, now)
	return err
}

// Update stores changed details; the handle stays as it is.
func Update(tx *db.Tx, s Shop, now time.Time) error {
	if err := s.Validate(); err != nil {
		return err
	}
	err := tx.Must(`UPDATE shops SET name = $2, name_en = $3, slogan = $4, intro = $5, notice = $6, city = $7, hours = $8, phone = $9,
		logo = $10, cover = $11, shipping_fee = $12, free_over = $13, return_address = $14, state = $15, updated_at = $16 WHERE id = $1`,
		s.ID, s.Name, s.NameEn, s.Slogan, s.Intro, s.Notice, s.City, s.Hours, s.Phone, s.Logo, s.Cover, s.ShippingFee, s.FreeOver,
		s.ReturnAddress, s.State, now)
	return notFound(err)
}

// Get returns a shop by id, in any state.
func Get(tx *db.Tx, shop id.ID) (Shop, error) {
	s, err := scan(tx.QueryRow(`SELECT `+columns+` FROM shops WHERE id = $1`, shop))
	return s, notFound(err)
}

// ByHandle returns a shop by its handle.
func ByHandle(tx *db.Tx, handle string) (Shop, error) {
	var shop id.ID
	if err := tx.QueryRow(`SELECT shop_id FROM handles WHERE handle = $1`, handle).Scan(&shop); err != nil {
		return Shop{}, notFound(err)
	}
	return Get(tx, shop)
}

// SubMchID is the sub-merchant (特约商户) at WeChat Pay by which a shop receives
// money; "": none is set.
func SubMchID(tx *db.Tx, shop id.ID) (sub string, err error) {
	err = tx.QueryRow(`SELECT sub_mch_id FROM shops WHERE id = $1`, shop).Scan(&sub)
	return sub, notFound(err)
}

var subMchPattern = regexp.MustCompile(`^([0-9]{8,32})?$`)

// SetSubMchID stores the sub-merchant of a shop; "" takes it away. Payments that
// were opened before stay with the one they named.
func SetSubMchID(tx *db.Tx, shop id.ID, sub string, now time.Time) error {
	if !subMchPattern.MatchString(sub) {
		return ErrSubMch.At("sub_mch_id")
	}
	return notFound(tx.Must(`UPDATE shops SET sub_mch_id = $2, updated_at = $3 WHERE id = $1`, shop, sub, now))
}

// MaxShops bounds List; a market of more shops pages by id.
const MaxShops = 200

// List returns shops after a given id, by id, at most MaxShops. It reads over
// all shops: for the operator and for the market's front page, both cached.
func List(tx *db.Tx, after id.ID) ([]Shop, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM shops WHERE id > $1 ORDER BY id LIMIT $2`, after, MaxShops)
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}
