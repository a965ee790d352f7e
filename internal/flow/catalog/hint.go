package catalog

import (
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/board"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// What the processes of one market tell each other (Config.Say, Hear).
const (
	hintTree = "tree"
	hintPage = "page/" // shop/product
)

func (f *Flow) say(hint string) {
	if f.Say != nil {
		f.Say(hint)
	}
}

// Hear forgets what another process changed. A hint it does not know is passed
// over: a newer binary may run beside this one.
func (f *Flow) Hear(hint string) {
	page, isPage := strings.CutPrefix(hint, hintPage)
	switch {
	case hint == board.Everything, hint == hintTree:
		f.forgetTree()
		f.pages.forgetAll()
	case isPage:
		a, b, _ := strings.Cut(page, "/")
		of, err := id.Parse(a)
		product, err2 := id.Parse(b)
		if err == nil && err2 == nil {
			f.pages.forget(pageKey{of, product})
		}
	}
}

func (p *pages) forgetAll() {
	for i := range p.parts {
		part := &p.parts[i]
		part.mu.Lock()
		clear(part.kept)
		part.count++
		part.mu.Unlock()
	}
}
