package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// problem is a refusal of the control API (/_sim/).
type problem struct {
	status    int
	Code      string `json:"code"`
	Message   string `json:"message"`
	MessageEN string `json:"message_en"`
	Left      *int   `json:"left,omitempty"`
}

// Error implements error.
func (p *problem) Error() string { return p.Code + ": " + p.MessageEN }

func refuse(status int, code, zh, en string) *problem {
	return &problem{status: status, Code: code, Message: zh, MessageEN: en}
}

func bad(code, zh, en string) *problem { return refuse(http.StatusBadRequest, code, zh, en) }

func missing(what string) *problem {
	return refuse(http.StatusNotFound, "missing", "没有找到", what+" does not exist")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// writeJSON answers without escaping HTML, as WeChat's servers do.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := encode(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}

func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// control makes a handler of the /_sim/ API: f gives the answer (nil: 204) or an error.
func control(f func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := f(r)
		var p *problem
		switch {
		case errors.As(err, &p):
			writeJSON(w, p.status, p)
		case err != nil:
			writeJSON(w, http.StatusInternalServerError, refuse(500, "internal", "模拟器内部错误", err.Error()))
		case v == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			writeJSON(w, http.StatusOK, v)
		}
	}
}

// readControl decodes the body of a /_sim/ call; unknown members are refused by name.
func readControl(r *http.Request, v any) error { return readControlUpTo(r, v, maxBody) }

// readControlUpTo is readControl for bodies of up to limit bytes.
func readControlUpTo(r *http.Request, v any, limit int64) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "body.type", "需要 Content-Type: application/json", "Content-Type must be application/json")
	}
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, limit))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, extra := dec.Token(); extra != io.EOF {
			err = errors.New("more than one JSON value")
		}
	}
	if err != nil {
		return bad("body.json", "请求内容不是预期的 JSON", "body: "+err.Error())
	}
	return nil
}
