package app

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/edge"
)

// Documents describes the APIs without opening anything: the handlers are
// registered, not called.
func Documents() map[string]huma.API {
	edge.InstallProblems()
	h := &House{}
	store, _ := h.StorefrontAPI(http.NewServeMux())
	return map[string]huma.API{"storefront": store, "console": h.ConsoleAPI(http.NewServeMux())}
}

// DocumentJSON is an OpenAPI document, indented, the same at every run.
func DocumentJSON(api huma.API) ([]byte, error) {
	raw, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
