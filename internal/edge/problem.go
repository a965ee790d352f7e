package edge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

// Problem is every refusal over HTTP: an RFC 9457 document with a stable code
// and words in the reader's language.
type Problem struct {
	Type      string         `json:"type" doc:"about:blank; the code tells the kind"`
	Title     string         `json:"title" doc:"what went wrong, for people"`
	Status    int            `json:"status"`
	Code      string         `json:"code" doc:"stable English code, e.g. inventory.short"`
	RequestID string         `json:"request_id"`
	Errors    []Wrong        `json:"errors,omitempty" doc:"the fields that are wrong"`
	Params    map[string]any `json:"params,omitempty" doc:"facts, e.g. what is still available"`
	cause     error
}

// Wrong is one wrong field.
type Wrong struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error is the text for logs.
func (p *Problem) Error() string {
	if p.cause != nil {
		return p.cause.Error()
	}
	return p.Code + ": " + p.Title
}

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes answers application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// ProblemOf turns any error into a Problem in the language of the request.
func ProblemOf(ctx context.Context, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	if errors.Is(err, db.ErrCommitUnknown) || errors.Is(err, context.DeadlineExceeded) {
		err = errs.New(errs.Unavailable, "try_again", "系统正忙，请稍后再试", "Busy; please try again").Because(err)
	}
	r := RequestOf(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return goneAway(r, err)
	}
	if errors.Is(err, db.ErrFull) {
		r.Log.Error("the disk is full; nothing is stored until there is room", "err", err)
		err = errs.New(errs.Unavailable, "storage.full", "存储空间已满，暂时无法保存，请联系商城运营", "The disk is full and nothing can be saved; please tell the market's operator").Because(err)
	}
	e := errs.Of(err)
	p := &Problem{Type: "about:blank", Title: r.say(e.Zh, e.En), Status: e.Kind.HTTPStatus(), Code: e.Code, RequestID: r.ID, Params: e.Params, cause: err}
	for _, d := range e.Details {
		p.Errors = append(p.Errors, Wrong{Field: d.Field, Code: d.Code, Message: r.say(d.Zh, d.En)})
	}
	if e.Kind == errs.Internal {
		r.Log.Error("request failed", "err", err)
	}
	return p
}

// goneAway is the answer to somebody who has hung up. Nobody reads it and
// nothing is wrong with us: it stands in the log as 499, not as a failure.
func goneAway(r *Request, err error) *Problem {
	return &Problem{Type: "about:blank", Title: r.say("请求已取消", "The request was given up by its sender"), Status: 499, Code: "canceled", RequestID: r.ID, cause: err}
}

// WriteProblem answers a plain HTTP request with a problem.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := ProblemOf(r.Context(), err)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// Refuse answers an operation with a problem before its handler is reached.
func Refuse(api huma.API, ctx huma.Context, err error) {
	p := ProblemOf(ctx.Context(), err)
	ctx.SetHeader("Content-Type", "application/problem+json")
	ctx.SetHeader("Cache-Control", "no-store")
	ctx.SetStatus(p.Status)
	_ = api.Marshal(ctx.BodyWriter(), "application/json", p)
}

// Register adds an operation whose errors become problems.
func Register[I, O any](api huma.API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, ProblemOf(ctx, err)
		}
		return out, nil
	})
}

// InstallProblems makes huma's own refusals (unreadable bodies, wrong types)
// problems of ours. huma keeps this hook in a package variable; it is set once,
// by the hall, before any API is made.
func InstallProblems() { installProblems() }

var installProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, causes ...error) huma.StatusError {
		return humaProblem(Request{}, status, msg, causes)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, causes ...error) huma.StatusError {
		if ctx == nil {
			return humaProblem(Request{}, status, msg, causes)
		}
		return humaProblem(*RequestOf(ctx.Context()), status, msg, causes)
	}
})

// humaWords are the refusals huma makes by itself.
var humaWords = map[int]struct{ code, zh, en string }{
	400: {"input.malformed", "请求无法读取", "The request cannot be read"},
	404: {"not_found", "没有这个地址", "There is nothing at this address"},
	406: {"not_acceptable", "无法以所要求的格式回答", "The requested format is not available"},
	408: {"timeout", "请求超时", "The request took too long to arrive"},
	413: {"input.too_large", "请求内容太大", "The request body is too large"},
	415: {"input.media_type", "不支持的内容类型，请使用 application/json", "This content type is not supported; use application/json"},
	422: {"input.invalid", "填写的内容有误", "Some of the input is wrong"},
}

// bodyStatus is the right code for a body that could not be read: huma calls it
// our fault.
func bodyStatus(status int, msg string, causes []error) int {
	for _, c := range causes {
		var large *http.MaxBytesError
		if c != nil && (errors.As(c, &large) || strings.Contains(c.Error(), tooLarge)) {
			return http.StatusRequestEntityTooLarge
		}
	}
	if status == http.StatusInternalServerError && msg == "cannot read request body" {
		return http.StatusBadRequest // the caller hung up in the middle
	}
	return status
}

// tooLarge is how net/http says it inside of a multipart error's text.
const tooLarge = "request body too large"

func humaProblem(r Request, status int, msg string, causes []error) *Problem {
	status = bodyStatus(status, msg, causes)
	w, ok := humaWords[status]
	if !ok {
		w.code, w.zh, w.en = "http."+strings.ToLower(strings.ReplaceAll(http.StatusText(status), " ", "_")), msg, msg
	}
	p := &Problem{Type: "about:blank", Title: r.say(w.zh, w.en), Status: status, Code: w.code, RequestID: r.ID}
	for _, c := range causes {
		if c == nil {
			continue
		}
		wrong := Wrong{Code: w.code, Message: c.Error()}
		var d *huma.ErrorDetail
		if errors.As(c, &d) {
			wrong.Field, wrong.Message = strings.TrimPrefix(d.Location, "body."), d.Message
		}
		wrong.Message = inWords(r.English, wrong.Message)
		p.Errors = append(p.Errors, wrong)
	}
	return p
}
