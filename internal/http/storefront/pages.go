package storefront

import (
	"bytes"
	"context"
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/edge"
	flow "github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// headMark is where the built page takes its head from the server.
const headMark = "<!--shuke:head-->"

// Pages serves the built storefront. The first HTML of a product, a shop and the
// front page carries title, description, share card, structured data and the
// page's data: links are opened from Weibo, Baidu and chat cards.
type Pages struct {
	API    *API
	Files  fs.FS
	Built  bool
	static edge.Static
	before []byte
	after  []byte
}

// Mount adds the pages and their files.
func (p *Pages) Mount(mux *http.ServeMux) {
	p.static = edge.Static{Files: p.Files, Immutable: "assets"}
	if html, err := fs.ReadFile(p.Files, "index.html"); err == nil {
		p.before, p.after, _ = bytes.Cut(html, []byte(headMark))
	}
	mux.HandleFunc("GET /", p.serve)
}

// head is what a page says of itself.
type head struct {
	Title, Description, Picture, URL, Kind string
	LD                                     any            // structured data (schema.org)
	Data                                   map[string]any // for the first paint
}

var headTemplate = template.Must(template.New("head").Parse(`<title>{{.Title}}</title>
<meta name="description" content="{{.Description}}">
<link rel="canonical" href="{{.URL}}">
<meta property="og:title" content="{{.Title}}"><meta property="og:description" content="{{.Description}}"><meta property="og:url" content="{{.URL}}"><meta property="og:type" content="{{.Kind}}">{{if .Picture}}
<meta property="og:image" content="{{.Picture}}"><meta itemprop="image" content="{{.Picture}}">{{end}}
<meta itemprop="name" content="{{.Title}}"><meta itemprop="description" content="{{.Description}}">
{{if .LD}}<script type="application/ld+json">{{.LD}}</script>
{{end}}{{if .Data}}<script type="application/json" id="shuke-data">{{.Data}}</script>{{end}}`))

func (p *Pages) serve(w http.ResponseWriter, r *http.Request) {
	if !p.Built {
		http.Error(w, "页面尚未构建：请先运行 make web。 The pages are not built: run make web.", http.StatusServiceUnavailable)
		return
	}
	if name := strings.TrimPrefix(r.URL.Path, "/"); name != "" && name != "index.html" && strings.Contains(name, ".") && p.static.Serve(w, r, name) {
		return
	}
	h, code := p.headOf(r)
	var head bytes.Buffer
	if err := headTemplate.Execute(&head, h); err != nil {
		edge.WriteProblem(w, r, err)
		return
	}
	edge.Visitor(w, r, p.API.Secure)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(p.before)
	_, _ = w.Write(head.Bytes())
	_, _ = w.Write(p.after)
}

// headOf finds what the page is about. What cannot be found keeps the market's
// own head; the page itself then says what is missing.
func (p *Pages) headOf(r *http.Request) (head, int) {
	m := p.API.Market
	h := head{Title: m.Name, Description: m.Name + "：一个账号、一个购物车、一次付款，逛遍用心的小店。", URL: m.BaseURL + r.URL.Path, Kind: "website"}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == "/":
		if home, err := p.API.home.get(p.API.Now(), homeLife, func() (Home, error) { return p.API.loadHome(r.Context()) }); err == nil {
			h.Data = map[string]any{"home": home}
		}
	case len(parts) == 3 && parts[0] == "p":
		return p.product(r.Context(), h, parts[1], parts[2])
	case len(parts) == 2 && parts[0] == "s":
		return p.shop(r.Context(), h, parts[1])
	case !known[parts[0]]:
		return h, http.StatusNotFound
	}
	return h, http.StatusOK
}

// known are the first steps of the storefront's addresses.
var known = map[string]bool{"": true, "c": true, "search": true, "s": true, "p": true, "cart": true, "checkout": true, "pay": true, "orders": true,
	"aftersale": true, "addresses": true, "me": true, "categories": true, "shops": true, "aftersales": true}

func (p *Pages) product(ctx context.Context, h head, shopText, productText string) (head, int) {
	shopID, err1 := id.Parse(shopText)
	productID, err2 := id.Parse(productText)
	if err1 != nil || err2 != nil {
		return h, http.StatusNotFound
	}
	page, err := p.API.Catalog.Page(ctx, shopID, productID)
	if err != nil {
		return h, edge.ProblemOf(ctx, err).Status
	}
	var d flow.PageData
	if err := json.Unmarshal(page.JSON, &d); err != nil {
		return h, http.StatusInternalServerError
	}
	h.Title, h.Kind = d.Title+" · "+d.Shop.Name, "product"
	h.Description = d.Subtitle
	if h.Description == "" {
		h.Description = plain(d.Description, 100)
	}
	if len(d.Pictures) > 0 {
		h.Picture = p.absolute(d.Pictures[0].URL)
	}
	availability := "https://schema.org/OutOfStock"
	if d.Available > 0 {
		availability = "https://schema.org/InStock"
	}
	h.LD = map[string]any{"@context": "https://schema.org", "@type": "Product", "name": d.Title, "description": plain(d.Description, 300), "image": h.Picture, "url": h.URL,
		"brand": map[string]any{"@type": "Brand", "name": d.Brand}, "offers": map[string]any{"@type": "AggregateOffer", "priceCurrency": "CNY",
			"lowPrice": d.PriceMin.String(), "highPrice": d.PriceMax.String(), "offerCount": len(d.SKUs), "availability": availability}}
	h.Data = map[string]any{"product": json.RawMessage(page.JSON)}
	return h, http.StatusOK
}

func (p *Pages) shop(ctx context.Context, h head, handle string) (head, int) {
	var s shop.Shop
	err := p.API.DB.Read(ctx, func(tx *db.Tx) (err error) {
		s, err = shop.ByHandle(tx, handle)
		return err
	})
	if err == nil && s.State == shop.Closed {
		err = shop.ErrNotFound
	}
	if err != nil {
		return h, edge.ProblemOf(ctx, err).Status
	}
	h.Title, h.Description, h.Picture = s.Name+" · "+p.API.Market.Name, s.Slogan, p.absolute(s.Logo)
	h.LD = map[string]any{"@context": "https://schema.org", "@type": "Store", "name": s.Name, "description": s.Intro, "image": h.Picture, "url": h.URL}
	h.Data = map[string]any{"shop": page(s)}
	return h, http.StatusOK
}

func (p *Pages) absolute(path string) string {
	if strings.HasPrefix(path, "/") {
		return p.API.Market.BaseURL + path
	}
	return path
}

// plain is the beginning of a text without its markup.
func plain(html string, n int) string {
	var b strings.Builder
	inside := false
	for _, r := range html {
		switch {
		case r == '<':
			inside = true
		case r == '>':
			inside = false
			b.WriteByte(' ')
		case !inside:
			b.WriteRune(r)
		}
	}
	r := []rune(strings.Join(strings.Fields(b.String()), " "))
	if len(r) > n {
		return string(r[:n]) + "…"
	}
	return string(r)
}
