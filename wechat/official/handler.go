package official

import (
	"context"
	"errors"
	"net/http"
)

// HandlerFunc answers one push. It may be called several times for one push
// (Message.DedupeKey); a nil reply answers "success". Its context ends before
// WeChat hangs up.
type HandlerFunc func(ctx context.Context, m Message) (Reply, error)

// Handler serves the account's server address: GET answers WeChat's check of the
// address, POST a push.
//
// Answers: 403 for a wrong signature or a push outside the replay window, 400 for
// one that cannot be read, 413 for one that is too large, 500 when fn fails or
// its reply cannot be written, so that WeChat repeats the push. Every refusal is
// given to onError when that is not nil.
func (c *Client) Handler(fn HandlerFunc, onError func(r *http.Request, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, contentType, err := c.serve(r, fn)
		if err != nil {
			if onError != nil {
				onError(r, err)
			}
			status := refusal(err)
			if status == http.StatusMethodNotAllowed {
				w.Header().Set("Allow", "GET, POST")
			}
			http.Error(w, http.StatusText(status), status)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body) // WeChat repeats a push whose answer it did not get
	})
}

var errMethod = errors.New("official: the server address takes GET and POST only")

// errOurs marks a failure on our side of the handler.
type errOurs struct{ error }

func (e errOurs) Unwrap() error { return e.error }

func (c *Client) serve(r *http.Request, fn HandlerFunc) (body []byte, contentType string, err error) {
	switch r.Method {
	case http.MethodGet:
		echo, err := c.VerifyURL(r.URL.Query())
		return []byte(echo), "text/plain; charset=utf-8", err
	case http.MethodPost:
		return c.servePush(r, fn)
	}
	return nil, "", errMethod
}

func (c *Client) servePush(r *http.Request, fn HandlerFunc) ([]byte, string, error) {
	push, err := c.ReadPush(r)
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.cfg.ReplyDeadline)
	defer cancel()
	reply, err := fn(ctx, push.Message)
	if err != nil {
		return nil, "", errOurs{err}
	}
	body, err := c.MarshalReply(push, reply)
	if err != nil {
		return nil, "", errOurs{err}
	}
	if reply == nil {
		return body, "text/plain; charset=utf-8", nil
	}
	return body, "application/xml; charset=utf-8", nil
}

// refusal is the HTTP status for an error of serve.
func refusal(err error) int {
	var ours errOurs
	switch {
	case errors.As(err, &ours):
		return http.StatusInternalServerError
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrSignature), errors.Is(err, ErrStale), errors.Is(err, ErrAppID), errors.Is(err, ErrMode):
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}
