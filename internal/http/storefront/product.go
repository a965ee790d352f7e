package storefront

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/edge"
	flow "github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// MountProduct adds the page of a product: the hottest address of the house. It
// sends ready bytes, past the machinery of the other operations, but stands in
// the same document.
func (a *API) MountProduct(mux *http.ServeMux, api huma.API) {
	const path = prefix + "/products/{shop}/{product}"
	mux.HandleFunc("GET "+path, a.product)
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "product", Method: http.MethodGet, Path: path, Summary: "A product's page",
		Parameters: []*huma.Param{pathID("shop"), pathID("product")},
		Responses: map[string]*huma.Response{
			"200":     {Description: "OK", Content: map[string]*huma.MediaType{"application/json": {Schema: schemaOf[flow.PageData](api, "PageData")}}},
			"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schemaOf[edge.Problem](api, "Problem")}}},
		},
	})
}

func pathID(name string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString, Pattern: "^[0-9]{1,19}$"}}
}

func schemaOf[T any](api huma.API, hint string) *huma.Schema {
	return api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, hint)
}

func (a *API) product(w http.ResponseWriter, r *http.Request) {
	shop, err1 := id.Parse(r.PathValue("shop"))
	product, err2 := id.Parse(r.PathValue("product"))
	if err1 != nil || err2 != nil {
		edge.WriteProblem(w, r, catalog.ErrNotFound)
		return
	}
	p, err := a.Catalog.Page(r.Context(), shop, product)
	if err != nil {
		edge.WriteProblem(w, r, err)
		return
	}
	h := w.Header()
	h.Set("ETag", p.ETag)
	h.Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") == p.ETag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(p.JSON)
}
