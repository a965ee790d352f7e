package official

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"
)

const (
	maxQRLife      = 30 * 24 * time.Hour
	maxPermanentID = 100000
	maxSceneChars  = 64
)

// QR describes a parametric code to create: exactly one of SceneID and SceneStr.
type QR struct {
	SceneID  uint32 // temporary: not 0; permanent: 1–100000
	SceneStr string // 1–64 characters
	// TTL makes the code temporary: 1 s to 30 days. Zero makes it permanent, of
	// which an account has 100000.
	TTL time.Duration
}

// QRTicket is a created code.
type QRTicket struct {
	Ticket    string    // for QRImageURL; scans carry it
	URL       string    // what the code holds, to draw it oneself
	ExpiresAt time.Time // UTC; zero for a permanent code
}

// CreateQR makes a parametric code. Following or scanning through it pushes a
// subscribe event (EventKey "qrscene_" + scene) or a SCAN event (scene).
func (c *Client) CreateQR(ctx context.Context, q QR) (QRTicket, error) {
	in, err := q.request()
	if err != nil {
		return QRTicket{}, err
	}
	asked := c.cfg.Now()
	var out struct {
		Ticket  string `json:"ticket"`
		URL     string `json:"url"`
		Seconds int64  `json:"expire_seconds"`
	}
	if err := c.postJSON(ctx, "/cgi-bin/qrcode/create", in, &out); err != nil {
		return QRTicket{}, err
	}
	t := QRTicket{Ticket: out.Ticket, URL: out.URL}
	if q.TTL > 0 {
		life := min(time.Duration(out.Seconds)*time.Second, maxQRLife)
		t.ExpiresAt = asked.Add(life).UTC()
	}
	return t, nil
}

// QRImageURL is the address of the code's picture (JPEG). It needs no token.
func (c *Client) QRImageURL(ticket string) string {
	return c.cfg.MPBaseURL + "/cgi-bin/showqrcode?ticket=" + url.QueryEscape(ticket)
}

type qrRequest struct {
	ExpireSeconds int64  `json:"expire_seconds,omitempty"`
	ActionName    string `json:"action_name"`
	ActionInfo    struct {
		Scene qrScene `json:"scene"`
	} `json:"action_info"`
}

type qrScene struct {
	ID  uint32 `json:"scene_id,omitempty"`
	Str string `json:"scene_str,omitempty"`
}

func (q QR) request() (qrRequest, error) {
	var r qrRequest
	switch {
	case (q.SceneID == 0) == (q.SceneStr == ""):
		return r, errors.New("official: a QR code has either SceneID or SceneStr")
	case utf8.RuneCountInString(q.SceneStr) > maxSceneChars:
		return r, fmt.Errorf("official: QR SceneStr is longer than %d characters", maxSceneChars)
	case q.TTL < 0 || q.TTL > maxQRLife || (q.TTL > 0 && q.TTL < time.Second):
		return r, fmt.Errorf("official: QR TTL %s is not within 1 s to 30 days", q.TTL)
	case q.TTL == 0 && q.SceneID > maxPermanentID:
		return r, fmt.Errorf("official: SceneID of a permanent QR code is 1–%d, not %d", maxPermanentID, q.SceneID)
	}
	r.ExpireSeconds = int64(q.TTL / time.Second)
	r.ActionName = q.action()
	r.ActionInfo.Scene = qrScene{ID: q.SceneID, Str: q.SceneStr}
	return r, nil
}

func (q QR) action() string {
	switch {
	case q.TTL > 0 && q.SceneStr != "":
		return "QR_STR_SCENE"
	case q.TTL > 0:
		return "QR_SCENE"
	case q.SceneStr != "":
		return "QR_LIMIT_STR_SCENE"
	default:
		return "QR_LIMIT_SCENE"
	}
}
