package storefront

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/flow/identity"
	"github.com/shuke-commerce/shuke/internal/platform/address"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/wechat/official"
)

func (a *API) registerAccount(api huma.API) {
	get(api, "/me", "me", "Who is logged in", a.me)
	send(api, http.MethodPatch, "/me", "changeMe", "Change one's own name", a.changeMe)
	send(api, http.MethodPost, "/me/consents", "consent", "Agree to something or withdraw it", a.consent)
	get(api, "/addresses", "addresses", "A buyer's addresses", a.addresses)
	send(api, http.MethodPost, "/addresses", "addAddress", "Add an address", a.addAddress)
	send(api, http.MethodPut, "/addresses/{address}", "changeAddress", "Change an address", a.changeAddress)
	send(api, http.MethodDelete, "/addresses/{address}", "deleteAddress", "Delete an address", a.deleteAddress)
	open(api, http.MethodPost, "/addresses/recognise", "recogniseAddress", "Read an address out of pasted text", a.recognise)
	open(api, http.MethodGet, "/js-config", "jsConfig", "Signature for WeChat's JS-SDK", a.jsConfig)
}

func (a *API) me(ctx context.Context, _ *none) (*body[identity.Me], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	me, err := a.Identity.Me(ctx, b)
	me.Consents = list(me.Consents)
	return ok(me, err)
}

type changeMeIn struct {
	Body struct {
		Nickname string `json:"nickname" minLength:"1" maxLength:"30"`
	}
}

func (a *API) changeMe(ctx context.Context, in *changeMeIn) (*body[identity.Me], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.Identity.Rename(ctx, b, strings.TrimSpace(in.Body.Nickname)); err != nil {
		return nil, err
	}
	return a.me(ctx, nil)
}

type consentIn struct {
	Body struct {
		Kind    string `json:"kind" enum:"privacy,marketing"`
		Version string `json:"version" maxLength:"20"`
		Granted bool   `json:"granted"`
	}
}

func (a *API) consent(ctx context.Context, in *consentIn) (*none, error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, a.Identity.Decide(ctx, b, buyer.Consent{Kind: in.Body.Kind, Version: in.Body.Version, Granted: in.Body.Granted})
}

func (a *API) addresses(ctx context.Context, _ *none) (*body[[]buyer.Address], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	out, err := a.Identity.Addresses(ctx, b)
	return ok(list(out), err)
}

// AddressInput is an address as a buyer writes it.
type AddressInput struct {
	Name       string `json:"name" maxLength:"60"`
	Phone      string `json:"phone" maxLength:"30"`
	Province   string `json:"province" maxLength:"30"`
	City       string `json:"city" maxLength:"30"`
	District   string `json:"district" maxLength:"30"`
	RegionCode string `json:"region_code,omitempty" pattern:"^([0-9]{6})?$"`
	Detail     string `json:"detail" maxLength:"300"`
	IsDefault  bool   `json:"is_default,omitempty"`
}

func (a *API) save(ctx context.Context, which id.ID, in AddressInput, known bool) (*body[buyer.Address], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	v := buyer.Address{ID: which, Name: in.Name, Phone: in.Phone, Province: in.Province, City: in.City, District: in.District,
		RegionCode: in.RegionCode, Detail: in.Detail, IsDefault: in.IsDefault}
	v, err = a.Identity.SaveAddress(ctx, b, v, known)
	return ok(v, err)
}

type addAddressIn struct{ Body AddressInput }

func (a *API) addAddress(ctx context.Context, in *addAddressIn) (*body[buyer.Address], error) {
	return a.save(ctx, a.IDs.Next(), in.Body, false)
}

type changeAddressIn struct {
	Address id.ID `path:"address"`
	Body    AddressInput
}

func (a *API) changeAddress(ctx context.Context, in *changeAddressIn) (*body[buyer.Address], error) {
	return a.save(ctx, in.Address, in.Body, true)
}

type addressIn struct {
	Address id.ID `path:"address"`
}

func (a *API) deleteAddress(ctx context.Context, in *addressIn) (*none, error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, a.Identity.DeleteAddress(ctx, b, in.Address)
}

type recogniseIn struct {
	Body struct {
		Text string `json:"text" maxLength:"1000"`
	}
}

// Recognised is what was read out of pasted text; parts that were not found are
// empty and named in missing.
type Recognised struct {
	Name       string   `json:"name"`
	Phone      string   `json:"phone"`
	Province   string   `json:"province"`
	City       string   `json:"city"`
	District   string   `json:"district"`
	RegionCode string   `json:"region_code"`
	Detail     string   `json:"detail"`
	Confidence int      `json:"confidence" doc:"0 to 100; below 80 a person should look at it"`
	Missing    []string `json:"missing" doc:"name, phone, province, city, district, detail"`
	Candidates []string `json:"candidates" doc:"codes of regions that the text may mean"`
}

func (a *API) recognise(_ context.Context, in *recogniseIn) (*body[Recognised], error) {
	r := address.Recognise(in.Body.Text)
	out := Recognised{Name: r.Name, Phone: r.Phone, Province: r.Province, City: r.City, District: r.District, RegionCode: r.RegionCode,
		Detail: r.Detail, Confidence: r.Confidence, Missing: []string{}, Candidates: list(r.Candidates)}
	for _, m := range r.Missing {
		out.Missing = append(out.Missing, string(m))
	}
	return ok(out, nil)
}

type jsConfigIn struct {
	URL string `query:"url" maxLength:"2000" doc:"address of the page, without what follows #"`
}

var errNoAccount = errs.New(errs.Unavailable, "wechat.not_configured", "尚未配置公众号", "No service account is configured")

func (a *API) jsConfig(ctx context.Context, in *jsConfigIn) (*body[official.JSConfig], error) {
	if a.Official == nil {
		return nil, errNoAccount
	}
	c, err := a.Official.SignJS(ctx, in.URL)
	if err != nil {
		return nil, ErrWeChatBusy.Because(err)
	}
	return ok(c, nil)
}
