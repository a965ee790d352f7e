// Package web holds the built pages: storefront, console and phone. They are
// built by "make web" into dist/; a binary built without them says so.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// App is the built files of an app (storefront, console, phone); built is false
// when the pages were not built into this binary.
func App(name string) (files fs.FS, built bool) {
	sub, err := fs.Sub(dist, "dist/"+name)
	if err != nil {
		return nil, false
	}
	if _, err := fs.Stat(sub, "index.html"); err != nil {
		return sub, false
	}
	return sub, true
}
