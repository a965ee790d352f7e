package sim

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

const (
	qrDefaultLife = 60 * time.Second
	qrMaxLife     = 2_592_000
	qrPermanent   = 100_000
	maxQRText     = 2000
	quietZone     = 4 // modules of white that readers need around a code
)

// qrcode is a parametric code of an account. A zero Until never expires.
type qrcode struct {
	Ticket   string    `json:"ticket"`
	AppID    string    `json:"appid"`
	URL      string    `json:"url"` // what the picture says
	SceneID  int64     `json:"scene_id,omitempty"`
	SceneStr string    `json:"scene_str,omitempty"`
	Born     time.Time `json:"born"`
	Until    time.Time `json:"until,omitzero"`
}

func (q *qrcode) scene() string {
	if q.SceneStr != "" {
		return q.SceneStr
	}
	return itoa(q.SceneID)
}

func (q *qrcode) expired(now time.Time) bool { return !q.Until.IsZero() && !now.Before(q.Until) }

func (s *Server) qrCreate(c *call) {
	var in struct {
		Expire int64  `json:"expire_seconds"`
		Action string `json:"action_name"`
		Info   struct {
			Scene struct {
				ID  int64  `json:"scene_id"`
				Str string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if !c.json(&in) {
		return
	}
	q := &qrcode{AppID: c.app.AppID}
	life := qrDefaultLife
	if in.Expire > 0 {
		life = time.Duration(min(in.Expire, qrMaxLife)) * time.Second
	}
	byString, permanent := false, false
	switch in.Action {
	case "QR_SCENE":
	case "QR_STR_SCENE":
		byString = true
	case "QR_LIMIT_SCENE":
		permanent = true
	case "QR_LIMIT_STR_SCENE":
		byString, permanent = true, true
	default:
		c.fail(40052, "invalid action name")
		return
	}
	if byString {
		if n := len(in.Info.Scene.Str); n < 1 || n > 64 {
			c.deny(40035, "invalid parameter", "scene_str has %d bytes, 1 to 64 are allowed", n)
			return
		}
		q.SceneStr = in.Info.Scene.Str
	} else if q.SceneID = in.Info.Scene.ID; q.SceneID < 0 || q.SceneID > 1<<32-1 || permanent && (q.SceneID < 1 || q.SceneID > qrPermanent) {
		c.deny(40053, "invalid action info", "scene_id %d is out of range", q.SceneID)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.storeQR(c, q, permanent, life)
}

func (s *Server) storeQR(c *call, q *qrcode, permanent bool, life time.Duration) {
	now := s.Clock.Now()
	if permanent {
		if c.app.Permanent++; c.app.Permanent > qrPermanent {
			c.fail(45029, "qrcode count out of limit")
			return
		}
		s.touch("account", c.app.AppID)
	} else {
		q.Until = now.Add(life)
	}
	s.forgetQRs(now)
	q.Born, q.Ticket, q.URL = now, "gQ"+s.text(88)+"==", "http://weixin.qq.com/q/"+s.text(22)
	s.world.qrs[q.Ticket], s.world.qrTexts[q.URL] = q, q
	s.touch("qr", q.Ticket)
	s.hub.all("codes", struct{}{})
	answer := map[string]any{"ticket": q.Ticket, "url": q.URL}
	if !permanent {
		answer["expire_seconds"] = int64(life / time.Second)
	}
	c.ok(answer)
}

// forgetQRs drops codes that expired more than a day ago, now and then.
func (s *Server) forgetQRs(now time.Time) {
	if len(s.world.qrs)%1000 != 999 {
		return
	}
	for ticket, q := range s.world.qrs {
		if q.expired(now.Add(-24 * time.Hour)) {
			delete(s.world.qrs, ticket)
			delete(s.world.qrTexts, q.URL)
			s.touch("qr", ticket)
		}
	}
}

// showQR serves mp.weixin.qq.com/cgi-bin/showqrcode?ticket=… as a real picture.
func (s *Server) showQR(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	q := s.world.qrs[r.URL.Query().Get("ticket")]
	s.mu.Unlock()
	if q == nil {
		http.NotFound(w, r)
		return
	}
	writeQR(w, q.URL, 430)
}

// drawQR serves /_sim/qr?text=…&size=….
func (s *Server) drawQR(w http.ResponseWriter, r *http.Request) {
	size, _ := strconv.Atoi(r.URL.Query().Get("size"))
	if size < 60 || size > 1000 {
		size = 300
	}
	writeQR(w, r.URL.Query().Get("text"), size)
}

func writeQR(w http.ResponseWriter, text string, size int) {
	if text == "" || len(text) > maxQRText {
		writeJSON(w, http.StatusBadRequest, bad("qr.text", "二维码内容为空或过长", "text must have 1 to 2000 bytes"))
		return
	}
	code, err := qr.Encode(text, qr.Q, qr.Unicode) // at M one code in twenty confuses readers that look for the corners
	if err != nil {
		code, err = qr.Encode(text, qr.L, qr.Unicode) // a text too long for Q
	}
	if err == nil {
		inner := size * code.Bounds().Dx() / (code.Bounds().Dx() + 2*quietZone)
		code, err = barcode.Scale(code, max(inner, code.Bounds().Dx()), max(inner, code.Bounds().Dx()))
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, bad("qr.text", "无法生成二维码", err.Error()))
		return
	}
	size = max(size, code.Bounds().Dx())
	canvas, edge := image.NewGray(image.Rect(0, 0, size, size)), (size-code.Bounds().Dx())/2
	draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(canvas, code.Bounds().Add(image.Pt(edge, edge)), code, code.Bounds().Min, draw.Src)
	var buf bytes.Buffer
	if err := png.Encode(&buf, canvas); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "max-age=3600")
	w.Write(buf.Bytes())
}

// qrPicture is the address of a code's picture on this server.
func qrPicture(text string) string { return "/_sim/qr?text=" + url.QueryEscape(text) }
