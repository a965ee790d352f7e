package sim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
)

const (
	miniCodePrefix  = "https://mp.weixin.qq.com/a/~"
	miniCodeLimited = 100_000 // of getwxacode and createwxaqrcode together
	miniCodeMinute  = 5000
)

var (
	miniScene = regexp.MustCompile(`^[0-9a-zA-Z!#$&'()*+,/:;=?@\-._~%]+$`)
	miniQuery = regexp.MustCompile("^[0-9a-zA-Z!#$&'()*+,/:;=?@\\-._~%`]*$")
)

// miniTarget is where a code or a link of a mini-program leads.
type miniTarget struct {
	AppID   string `json:"a"`
	Path    string `json:"p,omitempty"`
	Query   string `json:"q,omitempty"`
	Scene   int    `json:"s"` // 场景值
	Version string `json:"v,omitempty"`
}

// miniCodeText is what the picture of a target says; it needs no memory, so that the number of codes is unlimited.
func (w *world) miniCodeText(t miniTarget) string {
	raw, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	text := base64.RawURLEncoding.EncodeToString(raw)
	return miniCodePrefix + text + "." + w.miniCodeMAC(text)
}

func (w *world) miniCodeMAC(text string) string {
	mac := hmac.New(sha256.New, []byte(w.meta.Seed))
	mac.Write([]byte("mini code " + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:6])
}

// readMiniCode understands the text of a mini-program code of this world.
func (w *world) readMiniCode(text string) (miniTarget, bool) {
	rest, ok := strings.CutPrefix(text, miniCodePrefix)
	body, sign, two := strings.Cut(rest, ".")
	if !ok || !two || !hmac.Equal([]byte(sign), []byte(w.miniCodeMAC(body))) {
		return miniTarget{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	var t miniTarget
	if err != nil || json.Unmarshal(raw, &t) != nil {
		return miniTarget{}, false
	}
	return t, true
}

type miniLook struct {
	Width   int64 `json:"width"`
	Auto    bool  `json:"auto_color"`
	Line    *rgb  `json:"line_color"`
	Hyaline bool  `json:"is_hyaline"`
}

type rgb struct {
	R looseText `json:"r"`
	G looseText `json:"g"`
	B looseText `json:"b"`
}

func (c *rgb) color() (color.RGBA, bool) {
	out := color.RGBA{A: 255}
	if c == nil {
		return out, true
	}
	for text, to := range map[*looseText]*uint8{&c.R: &out.R, &c.G: &out.G, &c.B: &out.B} {
		n, err := strconv.ParseUint(string(*text), 10, 8)
		if err != nil && *text != "" {
			return out, false
		}
		*to = uint8(n)
	}
	return out, true
}

// unlimitedCode is POST /wxa/getwxacodeunlimit.
func (s *Server) unlimitedCode(c *call, app *miniApp) {
	var in struct {
		Scene     looseText `json:"scene"`
		Page      string    `json:"page"`
		CheckPath *bool     `json:"check_path"`
		Version   string    `json:"env_version"`
		miniLook
	}
	if !c.json(&in) {
		return
	}
	if n := len([]rune(string(in.Scene))); n < 1 || n > 32 {
		c.deny(40169, "invalid length for scene, or the data is not json string", "scene has %d characters, 1 to 32 are allowed", n)
		return
	}
	if !miniScene.MatchString(string(in.Scene)) {
		c.deny(40129, "invalid scene", "scene may hold digits, letters and !#$&'()*+,/:;=?@-._~ only; encode other characters")
		return
	}
	if strings.HasPrefix(in.Page, "/") || strings.ContainsAny(in.Page, "?#") {
		c.deny(41030, "invalid page", "page must not begin with / nor carry a query; parameters belong into scene")
		return
	}
	if strings.Contains(string(in.Scene), "scancode_time") {
		c.fail(85096, "not allow include scancode_time field")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.CheckPath == nil || *in.CheckPath {
		if !s.miniPageKnown(c, app, in.Page, in.Version) {
			return
		}
	}
	if minute := s.Clock.Now().Unix() / 60; app.Minute != minute {
		app.Minute, app.MinuteCodes = minute, 0
	}
	if app.MinuteCodes++; app.MinuteCodes > miniCodeMinute {
		c.fail(45011, "api minute-quota reach limit, must slower, retry next minute")
		return
	}
	page := in.Page
	if page == "" {
		page = app.home()
	}
	s.answerMiniCode(c, miniTarget{AppID: app.AppID, Path: page, Query: "scene=" + string(in.Scene), Scene: 1047, Version: in.Version}, in.miniLook, true)
}

// miniPageKnown checks page and version; on failure it has answered.
func (s *Server) miniPageKnown(c *call, app *miniApp, page, version string) bool {
	switch version {
	case "", "release":
		if len(app.Pages) == 0 {
			c.deny(41030, "invalid page", "nothing was released of %s: give it pages with POST /_sim/minis", app.AppID)
			return false
		}
		if _, ok := app.page(page); !ok {
			c.deny(41030, "invalid page", "page %q is not one of the released version", page)
			return false
		}
	case "trial", "develop":
		if _, ok := app.page(page); !ok && !slices.Contains(app.Unreleased, page) {
			c.deny(41030, "invalid page", "page %q exists in no version", page)
			return false
		}
	default:
		c.deny(40097, "invalid args", "env_version is release, trial or develop")
		return false
	}
	return true
}

// limitedCode is POST /wxa/getwxacode (round) and /cgi-bin/wxaapp/createwxaqrcode (square).
func (s *Server) limitedCode(round bool, maxPath int) func(c *call, app *miniApp) {
	return func(c *call, app *miniApp) {
		var in struct {
			Path    string `json:"path"`
			Version string `json:"env_version"`
			miniLook
		}
		if !c.json(&in) {
			return
		}
		if in.Path == "" || len(in.Path) > maxPath {
			c.deny(40159, "invalid length for path, or the data is not json string", "path has %d bytes, 1 to %d are allowed", len(in.Path), maxPath)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if app.Limited >= miniCodeLimited {
			c.fail(45029, "qrcode count out of limit")
			return
		}
		path, query, _ := strings.Cut(strings.TrimPrefix(in.Path, "/"), "?")
		target := miniTarget{AppID: app.AppID, Path: path, Query: query, Scene: 1047, Version: in.Version}
		if !round {
			target.Scene = 1011
		}
		if s.answerMiniCode(c, target, in.miniLook, round) {
			app.Limited++
			s.touch("mini", app.AppID)
		}
	}
}

// answerMiniCode answers with the picture. The caller holds mu.
func (s *Server) answerMiniCode(c *call, t miniTarget, look miniLook, round bool) bool {
	width := look.Width
	if width == 0 {
		width = 430
	}
	line, ok := look.Line.color()
	if width < 280 || width > 1280 || !ok {
		c.deny(40097, "invalid args", "width must be 280 to 1280 and line_color 0 to 255 each")
		return false
	}
	if look.Auto {
		line = color.RGBA{R: 7, G: 120, B: 64, A: 255}
	}
	text := s.world.miniCodeText(t)
	picture, err := drawMiniCode(text, int(width), line, round, look.Hyaline)
	if err != nil {
		c.deny(-1, "system error", "the code cannot be drawn: %v", err)
		return false
	}
	var buf bytes.Buffer
	if look.Hyaline {
		err = png.Encode(&buf, picture)
		c.header.Set("Content-Type", "image/png")
	} else {
		err = jpeg.Encode(&buf, picture, &jpeg.Options{Quality: 92})
		c.header.Set("Content-Type", "image/jpeg")
	}
	if err != nil {
		c.fail(-1, "system error")
		return false
	}
	c.out = buf.Bytes()
	s.showMiniCode(text, t)
	return true
}

// showMiniCode puts a code among those a phone's scanner offers, as if printed somewhere. The caller holds mu.
func (s *Server) showMiniCode(text string, t miniTarget) {
	title := s.world.accounts[t.AppID].Name
	for _, x := range s.world.screens {
		if x.Text == text {
			return
		}
	}
	s.addScreen(title+" · "+strings.TrimSuffix(t.Path+"?"+t.Query, "?"), text)
}

// drawMiniCode draws a QR code; round puts it into a ring of rays, so that people know it for a mini-program's.
func drawMiniCode(text string, width int, line color.RGBA, round, transparent bool) (image.Image, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return nil, err
	}
	canvas := image.NewRGBA(image.Rect(0, 0, width, width))
	if !transparent {
		draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	}
	n := code.Bounds().Dx()
	side := width * 9 / 10
	if round {
		side = width * 66 / 100 // the square inside the ring
	}
	module := max(side/n, 1)
	side = module * n
	left := (width - side) / 2
	if round {
		drawRays(canvas, width, line)
		quiet := image.Rect(left-2*module, left-2*module, left+side+2*module, left+side+2*module)
		draw.Draw(canvas, quiet, image.White, image.Point{}, draw.Src)
	}
	for y := range n {
		for x := range n {
			if r, _, _, _ := code.At(x, y).RGBA(); r > 0x7fff {
				continue
			}
			draw.Draw(canvas, image.Rect(left+x*module, left+y*module, left+(x+1)*module, left+(y+1)*module), image.NewUniform(line), image.Point{}, draw.Src)
		}
	}
	return canvas, nil
}

func drawRays(canvas *image.RGBA, width int, line color.RGBA) {
	middle, outer, inner := float64(width)/2, float64(width)*0.49, float64(width)*0.40
	const rays = 72
	for i := range rays {
		angle := 2 * math.Pi * float64(i) / rays
		from := inner
		if i%3 == 0 {
			from = inner + (outer-inner)*0.45
		}
		for r := from; r < outer; r += 0.5 {
			x, y := middle+r*math.Cos(angle), middle+r*math.Sin(angle)
			thick := float64(width) / 220
			for dx := -thick; dx <= thick; dx++ {
				for dy := -thick; dy <= thick; dy++ {
					if dx*dx+dy*dy <= thick*thick {
						canvas.SetRGBA(int(x+dx), int(y+dy), line)
					}
				}
			}
		}
	}
}

// addScreen keeps a text shown as a code somewhere, forgetting the oldest when there are too many. The caller holds mu.
func (s *Server) addScreen(title, text string) *screen {
	var oldest *screen
	for _, x := range s.world.screens {
		if oldest == nil || x.Born.Before(oldest.Born) {
			oldest = x
		}
	}
	if len(s.world.screens) >= maxScreens {
		delete(s.world.screens, oldest.ID)
		s.touch("screen", oldest.ID)
	}
	x := &screen{ID: "scr-" + itoa(s.next()), Title: title, Text: text, Born: s.Clock.Now()}
	s.world.screens[x.ID] = x
	s.touch("screen", x.ID)
	s.hub.all("codes", struct{}{})
	return x
}

func timeZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
