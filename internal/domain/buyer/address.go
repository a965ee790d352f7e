package buyer

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/address"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Address is where a buyer receives parcels.
type Address struct {
	ID         id.ID  `json:"id"`
	Name       string `json:"name" doc:"receiver"`
	Phone      string `json:"phone"`
	Province   string `json:"province"`
	City       string `json:"city"`
	District   string `json:"district"`
	RegionCode string `json:"region_code" doc:"GB/T 2260 code of the district"`
	Detail     string `json:"detail" doc:"street, number, door"`
	IsDefault  bool   `json:"is_default"`
}

// Errors of addresses.
var (
	ErrAddressNotFound = errs.New(errs.NotFound, "address.not_found", "没有这个地址", "There is no such address")
	ErrAddress         = errs.New(errs.Invalid, "address.invalid", "地址不完整", "The address is not complete")
	ErrAddressLimit    = errs.New(errs.Conflict, "address.limit", "最多保存 20 个地址，请先删除不用的", "You can keep 20 addresses; please delete one first")
)

// MaxAddresses a buyer may keep.
const MaxAddresses = 20

// Validate says what is missing or wrong, naming each field.
func (a *Address) Validate() error {
	e := ErrAddress
	trim := func(p *string) { *p = strings.TrimSpace(*p) }
	for _, p := range []*string{&a.Name, &a.Phone, &a.Province, &a.City, &a.District, &a.Detail, &a.RegionCode} {
		trim(p)
	}
	if n := utf8.RuneCountInString(a.Name); n < 1 || n > 25 {
		e = e.Text("请填写收货人（最多 25 个字）", "Please give the receiver (at most 25 characters)").At("name")
	}
	if !address.ValidPhone(a.Phone) {
		e = e.Text("请填写正确的手机号或座机号", "Please give a right phone number").At("phone")
	}
	for field, v := range map[string]string{"province": a.Province, "city": a.City} {
		if v == "" || utf8.RuneCountInString(v) > 30 {
			e = e.Text("请选择省、市、区", "Please choose province, city and district").At(field)
		}
	}
	if n := utf8.RuneCountInString(a.Detail); n < 2 || n > 120 {
		e = e.Text("请填写详细地址（2–120 个字）", "Please give street and number (2–120 characters)").At("detail")
	}
	if len(e.Details) > 0 {
		return e
	}
	return nil
}

// Line is the address in one line, for parcels and orders.
func (a Address) Line() string {
	city := a.City
	if city == a.Province {
		city = ""
	}
	return a.Province + city + a.District + a.Detail
}

// lock makes rival changes of a buyer's addresses wait for each other, so that
// limit and default hold.
func lock(tx *db.Tx, b id.ID, now time.Time) error {
	_, err := tx.Exec(`UPDATE buyers SET updated_at = $2 WHERE id = $1`, b, now)
	return err
}

// SaveAddress stores a new or changed address. A buyer with addresses has exactly
// one default: the first one, until another one is made it.
func SaveAddress(tx *db.Tx, b id.ID, a Address, now time.Time) error {
	if err := a.Validate(); err != nil {
		return err
	}
	if err := lock(tx, b, now); err != nil {
		return err
	}
	have, err := Addresses(tx, b)
	if err != nil {
		return err
	}
	known := false
	for _, h := range have {
		known = known || h.ID == a.ID
		a.IsDefault = a.IsDefault || h.ID == a.ID && h.IsDefault
	}
	if !known && len(have) >= MaxAddresses {
		return ErrAddressLimit
	}
	if len(have) == 0 {
		a.IsDefault = true
	}
	if a.IsDefault {
		if _, err := tx.Exec(`UPDATE addresses SET is_default = FALSE WHERE buyer_id = $1 AND is_default = TRUE`, b); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`INSERT INTO addresses (buyer_id, id, name, phone, province, city, district, region_code, detail, is_default, created_at, updated_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$11)
		ON CONFLICT (buyer_id, id) DO UPDATE SET name = excluded.name, phone = excluded.phone, province = excluded.province, city = excluded.city,
		district = excluded.district, region_code = excluded.region_code, detail = excluded.detail, is_default = excluded.is_default, updated_at = excluded.updated_at`,
		b, a.ID, a.Name, a.Phone, a.Province, a.City, a.District, a.RegionCode, a.Detail, a.IsDefault, now)
	return err
}

const addressColumns = `id, name, phone, province, city, district, region_code, detail, is_default`

func scanAddress(r db.Row) (a Address, err error) {
	return a, r.Scan(&a.ID, &a.Name, &a.Phone, &a.Province, &a.City, &a.District, &a.RegionCode, &a.Detail, &a.IsDefault)
}

// Addresses lists a buyer's addresses, the default one first.
func Addresses(tx *db.Tx, b id.ID) ([]Address, error) {
	return db.All(tx, scanAddress, `SELECT `+addressColumns+` FROM addresses WHERE buyer_id = $1 ORDER BY is_default DESC, id DESC LIMIT $2`, b, MaxAddresses)
}

// GetAddress returns one address of a buyer.
func GetAddress(tx *db.Tx, b, which id.ID) (Address, error) {
	a, err := scanAddress(tx.QueryRow(`SELECT `+addressColumns+` FROM addresses WHERE buyer_id = $1 AND id = $2`, b, which))
	if errors.Is(err, db.ErrNoRow) {
		return a, ErrAddressNotFound
	}
	return a, err
}

// AskAddress is GetAddress as one of several questions; found is called if there is
// such an address.
func AskAddress(b, which id.ID, found func(Address)) db.Query {
	return db.Query{SQL: `SELECT ` + addressColumns + ` FROM addresses WHERE buyer_id = $1 AND id = $2`, Args: []any{b, which}, Row: func(r db.Row) error {
		a, err := scanAddress(r)
		if err == nil {
			found(a)
		}
		return err
	}}
}

// DeleteAddress removes an address; orders keep their own copy. When it was the
// default one, the newest of the others takes its place.
func DeleteAddress(tx *db.Tx, b, which id.ID, now time.Time) error {
	if err := lock(tx, b, now); err != nil {
		return err
	}
	if err := tx.Must(`DELETE FROM addresses WHERE buyer_id = $1 AND id = $2`, b, which); err != nil {
		if errors.Is(err, db.ErrNoRow) {
			return ErrAddressNotFound
		}
		return err
	}
	left, err := Addresses(tx, b)
	if err != nil || len(left) == 0 || left[0].IsDefault {
		return err
	}
	return tx.Must(`UPDATE addresses SET is_default = TRUE, updated_at = $3 WHERE buyer_id = $1 AND id = $2`, b, left[0].ID, now)
}
