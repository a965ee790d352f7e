package edge

import (
	"net/http"
	"reflect"
	"strings"

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
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	return humago.New(mux, c)
}

// schemaName names a type in the document: its own name, with the package in
// front where two packages use the same word.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if name == "Problem" && strings.HasSuffix(t.PkgPath(), "/importing") {
		return "ImportProblem"
	}
	return name
}
