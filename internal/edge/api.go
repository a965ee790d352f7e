package edge

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// emptyLists tells huma that our lists are [] when empty, never null. huma keeps
// that for the whole process, so it is said once.
var emptyLists = sync.OnceFunc(func() { huma.DefaultArrayNullable = false })

// NewAPI makes an API on a mux. Its OpenAPI document is served at
// /openapi/<name>.json by whoever mounts it.
func NewAPI(mux *http.ServeMux, name, title, version, description string) huma.API {
	installProblems()
	emptyLists()
	c := huma.DefaultConfig(title, version)
	c.Info.Description = description
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/openapi/"+name, "", ""
	c.CreateHooks = nil // no $schema links in bodies
	c.Transformers = nil
	c.DefaultFormat = "application/json"
	c.Formats = maps.Clone(c.Formats)
	for name, f := range c.Formats {
		if strings.HasSuffix(name, "json") {
			c.Formats[name] = huma.Format{Marshal: f.Marshal, Unmarshal: textOnly(f.Unmarshal)}
		}
	}
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	return humago.New(mux, c)
}

// errNUL is what a body with a NUL in one of its texts is refused with.
var errNUL = errors.New("a text contains the character U+0000")

// textOnly refuses bodies whose texts hold a NUL, which only an escape can bring
// into JSON: PostgreSQL cannot store it.
func textOnly(read func([]byte, any) error) func([]byte, any) error {
	return func(b []byte, v any) error {
		if hasNUL(b) {
			return errNUL
		}
		return read(b, v)
	}
}

func hasNUL(b []byte) bool {
	for i := bytes.IndexByte(b, '\\'); i >= 0 && i+1 < len(b); {
		if bytes.HasPrefix(b[i+1:], []byte("u0000")) {
			return true
		}
		next := bytes.IndexByte(b[i+2:], '\\') // the character after a backslash starts no escape
		if next < 0 {
			return false
		}
		i += 2 + next
	}
	return false
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
	if strings.HasSuffix(t.PkgPath(), "/domain/recon") {
		return "Recon" + name
	}
	return name
}
