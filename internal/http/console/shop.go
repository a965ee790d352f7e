package console

import (
	"context"
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerShop(api huma.API) {
	shopOp(api, get, "", "shop", staff.SeeOrders, "The shop's details", a.shop)
	shopOp(api, put, "", "saveShop", staff.EditShop, "Change the shop's details", a.saveShop)
	shopOp(api, get, "/staff", "staff", staff.ManageStaff, "The shop's staff", a.staff)
	shopOp(api, post, "/staff", "addMember", staff.ManageStaff, "Add a member of staff", a.addMember)
	shopOp(api, put, "/staff/{member}", "changeMember", staff.ManageStaff, "Change name, role, state or password of a member", a.changeMember)
	shopOp(api, get, "/money", "money", staff.SeeMoney, "Accounts and entries of the shop's books", a.money)
	shopOp(api, get, "/jobs", "jobs", staff.SeeJobs, "Jobs that keep failing", a.jobs)
	shopOp(api, post, "/jobs/{job}/retry", "retryJob", staff.SeeJobs, "Try a failed job again", a.retryJob)
}

func (a *API) shop(ctx context.Context, in *ShopIn) (*body[shop.Shop], error) {
	var s shop.Shop
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		s, err = shop.Get(tx, in.Shop)
		return err
	})
	return ok(s, err)
}

// ShopInput is what of a shop can be changed.
type ShopInput struct {
	Name          string     `json:"name" maxLength:"60"`
	NameEn        string     `json:"name_en,omitempty" maxLength:"60"`
	Slogan        string     `json:"slogan,omitempty" maxLength:"400"`
	Intro         string     `json:"intro,omitempty" maxLength:"4000"`
	Notice        string     `json:"notice,omitempty" maxLength:"400"`
	City          string     `json:"city,omitempty" maxLength:"60"`
	Hours         string     `json:"hours,omitempty" maxLength:"200"`
	Phone         string     `json:"phone,omitempty" maxLength:"40"`
	Logo          string     `json:"logo,omitempty" maxLength:"200"`
	Cover         string     `json:"cover,omitempty" maxLength:"200"`
	ShippingFee   money.Fen  `json:"shipping_fee,omitempty" minimum:"0"`
	FreeOver      money.Fen  `json:"free_over,omitempty" minimum:"0"`
	ReturnAddress string     `json:"return_address,omitempty" maxLength:"400"`
	State         shop.State `json:"state" enum:"open,paused,closed"`
}

type saveShopIn struct {
	ShopIn
	Body ShopInput
}

func (a *API) saveShop(ctx context.Context, in *saveShopIn) (*body[shop.Shop], error) {
	have, err := a.shop(ctx, &in.ShopIn)
	if err != nil {
		return nil, err
	}
	s, b := have.Body, in.Body
	s.Name, s.NameEn, s.Slogan, s.Intro, s.Notice, s.City, s.Hours, s.Phone = b.Name, b.NameEn, b.Slogan, b.Intro, b.Notice, b.City, b.Hours, b.Phone
	s.Logo, s.Cover, s.ShippingFee, s.FreeOver, s.ReturnAddress, s.State = b.Logo, b.Cover, b.ShippingFee, b.FreeOver, b.ReturnAddress, b.State
	return ok(a.Onboarding.SaveShop(ctx, s))
}

func (a *API) staff(ctx context.Context, in *ShopIn) (*body[[]staff.Member], error) {
	return a.members(ctx, in.Shop)
}

func (a *API) members(ctx context.Context, of id.ID) (*body[[]staff.Member], error) {
	var out []staff.Member
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = staff.List(tx, of)
		return err
	})
	return ok(list(out), err)
}

// MemberInput is a new member of staff.
type MemberInput struct {
	Login    string     `json:"login" maxLength:"60"`
	Name     string     `json:"name" maxLength:"60"`
	Role     staff.Role `json:"role" enum:"operator,owner,manager,service,warehouse,cashier"`
	Password string     `json:"password" minLength:"8" maxLength:"128"`
}

type addMemberIn struct {
	ShopIn
	Body MemberInput
}

func (a *API) addMember(ctx context.Context, in *addMemberIn) (*body[staff.Member], error) {
	return ok(a.Onboarding.AddMember(ctx, staff.Member{ShopID: in.Shop, Login: in.Body.Login, Name: in.Body.Name, Role: in.Body.Role}, in.Body.Password))
}

// MemberChange is what of a member can be changed.
type MemberChange struct {
	Name     string     `json:"name" maxLength:"60"`
	Role     staff.Role `json:"role" enum:"operator,owner,manager,service,warehouse,cashier"`
	State    string     `json:"state" enum:"active,disabled"`
	Password string     `json:"password,omitempty" maxLength:"128" doc:"a new password; empty: unchanged"`
}

type changeMemberIn struct {
	ShopIn
	Member id.ID `path:"member"`
	Body   MemberChange
}

func (a *API) changeMember(ctx context.Context, in *changeMemberIn) (*body[staff.Member], error) {
	return a.change(ctx, in.Shop, in.Member, in.Body)
}

func (a *API) change(ctx context.Context, of, member id.ID, c MemberChange) (*body[staff.Member], error) {
	defer a.Auth.ForgetAll()
	return ok(a.Onboarding.ChangeMember(ctx, staff.Member{ShopID: of, ID: member, Name: c.Name, Role: c.Role, State: c.State}, c.Password))
}

type moneyIn struct {
	ShopIn
	PageIn
}

func (a *API) money(ctx context.Context, in *moneyIn) (*body[Money], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var out Money
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		b, err := ledger.Balances(tx, in.Shop)
		if err != nil {
			return err
		}
		all, err := ledger.List(tx, in.Shop, before, in.Limit)
		out = Money{Accounts: accounts(b), Entries: ledgerRows(all)}
		if len(all) == in.Limit {
			out.Next = all[len(all)-1].ID.String()
		}
		return err
	})
	return ok(out, err)
}

// accounts shows balances on the side where an account usually stands: what is
// at a provider, in the market's bank and due from buyers stands on the left
// (debit), the rest is owed. Accounts that nothing touched are left out, but for
// those every shop looks at.
func accounts(b map[ledger.Account]money.Fen) []Account {
	out := make([]Account, 0, len(b)+4)
	for _, name := range slices.Sorted(maps.Keys(b)) {
		v := b[name]
		if !name.IsProvider() && name != ledger.BuyerDue && name != ledger.FeeCollected && name != ledger.DepositBank {
			v = -v
		}
		out = append(out, Account{Name: string(name), Balance: v})
	}
	for _, name := range []ledger.Account{ledger.ShopHeld, ledger.ShopPayable, ledger.RefundDue, ledger.MarketFee} {
		if _, has := b[name]; !has {
			out = append(out, Account{Name: string(name)})
		}
	}
	return out
}

func (a *API) jobs(ctx context.Context, in *ShopIn) (*body[[]jobs.Parked], error) {
	out, err := a.Queue.ListParked(ctx, in.Shop, 100)
	return ok(list(out), err)
}

type jobIn struct {
	ShopIn
	Job id.ID `path:"job"`
}

func (a *API) retryJob(ctx context.Context, in *jobIn) (*none, error) {
	return nil, a.Queue.Retry(ctx, in.Shop, in.Job)
}
