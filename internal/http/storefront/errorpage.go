package storefront

import (
	"html/template"
	"net/http"

	"github.com/shuke-commerce/shuke/internal/edge"
)

// errorPage is for refusals a person meets outside of the app, as during login.
var errorPage = template.Must(template.New("error").Parse(`<!doctype html>
<html lang="{{.Lang}}"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{{.Title}}</title>
<style>:root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.6 -apple-system,"PingFang SC","Noto Sans CJK SC",sans-serif;background:Canvas;color:CanvasText}
main{max-width:20rem;padding:2rem;text-align:center}h1{font-size:1.125rem;margin:0 0 1.5rem;font-weight:600}a{display:inline-block;padding:.625rem 2rem;border-radius:.5rem;background:#07a35a;color:#fff;text-decoration:none}small{display:block;margin-top:2rem;opacity:.6}</style>
<main><h1>{{.Title}}</h1><a href="/">{{.Back}}</a><small>{{.Code}} · {{.RequestID}}</small></main></html>`))

func writePage(w http.ResponseWriter, r *http.Request, err error) {
	p := edge.ProblemOf(r.Context(), err)
	lang, back := "zh-CN", "回到集市"
	if edge.RequestOf(r.Context()).English {
		lang, back = "en", "Back to the market"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.Status)
	_ = errorPage.Execute(w, map[string]string{"Lang": lang, "Title": p.Title, "Back": back, "Code": p.Code, "RequestID": p.RequestID})
}
