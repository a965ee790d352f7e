package console

import (
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/importing"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

func (a *API) registerImports(api huma.API) {
	shopOp(api, get, "/imports", "imports", staff.ImportGoods, "Imports of catalog files, newest first", a.imports)
	shopOp(api, post, "/imports", "uploadImport", staff.ImportGoods, "Upload a catalog file (field \"file\"; field \"settings\" as JSON)", a.uploadImport)
	shopOp(api, get, "/imports/{import}", "import", staff.ImportGoods, "An import with its progress", a.oneImport)
	shopOp(api, post, "/imports/{import}/preview", "previewImport", staff.ImportGoods, "What running it would do", a.previewImport)
	shopOp(api, post, "/imports/{import}/start", "startImport", staff.ImportGoods, "Run it", a.startImport)
	shopOp(api, get, "/imports/{import}/problems", "importProblems", staff.ImportGoods, "What was wrong, in the order of the file", a.importProblems)
	shopOp(api, get, "/export", "exportProducts", staff.ImportGoods, "All products as a catalog file of our own format (CSV)", a.export)
}

// ImportPage is a page of imports.
type ImportPage struct {
	Items []importing.Import `json:"items"`
	Next  string             `json:"next"`
}

type importsIn struct {
	ShopIn
	PageIn
}

func (a *API) imports(ctx context.Context, in *importsIn) (*body[ImportPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	all, err := a.Importing.List(ctx, in.Shop, before, in.Limit)
	out := ImportPage{Items: list(all)}
	if len(all) == in.Limit {
		out.Next = all[len(all)-1].ID.String()
	}
	return ok(out, err)
}

type uploadImportIn struct {
	ShopIn
	RawBody multipart.Form
}

func (a *API) uploadImport(ctx context.Context, in *uploadImportIn) (*body[importing.Import], error) {
	f, head, err := openUpload(&in.RawBody)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var s importing.Settings
	if texts := in.RawBody.Value["settings"]; len(texts) == 1 && texts[0] != "" {
		if err := json.Unmarshal([]byte(texts[0]), &s); err != nil {
			return nil, importing.ErrSettings.At("settings").Because(err)
		}
	}
	return ok(a.Importing.Upload(ctx, importing.Who{Shop: in.Shop, Staff: me(ctx).ID}, head.Filename, f, s))
}

// ImportIn names one import in a path; exported, because huma reads no other
// embedded fields.
type ImportIn struct {
	ShopIn
	Import id.ID `path:"import"`
}

func (a *API) oneImport(ctx context.Context, in *ImportIn) (*body[importing.Import], error) {
	return ok(a.Importing.Get(ctx, in.Shop, in.Import))
}

type settingsIn struct {
	ImportIn
	Body struct {
		Settings *importing.Settings `json:"settings,omitempty" doc:"instead of those of the upload"`
	}
}

func (a *API) previewImport(ctx context.Context, in *settingsIn) (*body[importing.Preview], error) {
	p, err := a.Importing.Preview(ctx, in.Shop, in.Import, in.Body.Settings)
	p.Columns, p.Rows, p.Problems = list(p.Columns), list(p.Rows), list(p.Problems)
	return ok(p, err)
}

func (a *API) startImport(ctx context.Context, in *settingsIn) (*body[importing.Import], error) {
	return ok(a.Importing.Start(ctx, importing.Who{Shop: in.Shop, Staff: me(ctx).ID}, in.Import, in.Body.Settings))
}

type importProblemsIn struct {
	ImportIn
	After int64 `query:"after" minimum:"0"`
	Limit int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (a *API) importProblems(ctx context.Context, in *importProblemsIn) (*body[[]importing.Problem], error) {
	out, err := a.Importing.Problems(ctx, in.Shop, in.Import, in.After, in.Limit)
	return ok(list(out), err)
}

// export streams the shop's products. When it fails halfway the connection is
// broken off, so that nobody takes half a file for the whole.
func (a *API) export(_ context.Context, in *struct{ ShopIn }) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/csv; charset=utf-8")
		ctx.SetHeader("Content-Disposition", `attachment; filename="shuke-products-`+a.Now().Format("20060102")+`.csv"`)
		if _, err := a.Importing.Export(ctx.Context(), in.Shop, ctx.BodyWriter()); err != nil {
			edge.RequestOf(ctx.Context()).Log.Error("export", "err", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}
