package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/app"
)

// runOpenAPI writes the documents without a database: they come from the types
// of the handlers.
func runOpenAPI(_ context.Context, args []string) error {
	f := flags("openapi", "[--dir api]")
	dir := f.String("dir", "api", "folder to write to")
	if err := f.Parse(args); err != nil {
		return err
	}
	for name, api := range app.Documents() {
		if err := writeDocument(filepath.Join(*dir, name+".json"), api); err != nil {
			return err
		}
	}
	return nil
}

func writeDocument(path string, api huma.API) error {
	b, err := app.DocumentJSON(api)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	fmt.Println(path)
	return os.WriteFile(path, b, 0o644) //nolint:gosec // a document for everybody
}
