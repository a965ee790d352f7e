package edge

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// NewAPI makes an API on a mux. Its OpenAPI document is served at
// /openapi/<name>.json by whoever mounts it.
func NewAPI(mux *http.ServeMux, name, title, version, description string) huma.API {
	huma.DefaultArrayNullable = false // our lists are [] when empty, never null
	c := huma.DefaultConfig(title, version)
	c.Info.Description = description
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/openapi/"+name, "", ""
	c.CreateHooks = nil // no $schema links in bodies
	c.Transformers = nil
	c.DefaultFormat = "application/json"
	return humago.New(mux, c)
}
