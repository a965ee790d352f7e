package sim

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

const maxTapPictures = 9

// tapBody is a tap on a menu entry, with what the person chose when the entry asked for something.
type tapBody struct {
	Path     string     `json:"path"`
	Result   *string    `json:"scan_result"`
	Pictures []string   `json:"pictures"` // data URLs
	Place    *placeBody `json:"place"`
}

// tapResult is what an entry does: the answer to the phone, and pushes in their order.
type tapResult struct {
	answer map[string]any
	pushes []outPush
	err    error
}

func (r *tapResult) push(p outPush) *tapResult {
	r.pushes = append(r.pushes, p)
	return r
}

func does(action string) *tapResult { return &tapResult{answer: map[string]any{"action": action}} }

func (s *Server) apiMenu(r *http.Request, p *person) (any, error) {
	var in tapBody
	if err := readControlUpTo(r, &in, maxUpload*4/3); err != nil {
		return nil, err
	}
	s.mu.Lock()
	a := s.world.accounts[r.PathValue("appid")]
	var button *menuButton
	if a != nil {
		button = findButton(s.menuFor(a, s.world.fans[a.AppID+"|"+p.ID]), in.Path)
	}
	if button == nil {
		s.mu.Unlock()
		return nil, missing("menu entry " + in.Path)
	}
	done := s.tap(a, s.fan(a.AppID, p.ID), p, button, &in)
	s.mu.Unlock()
	if done.err != nil {
		return nil, done.err
	}
	if len(done.pushes) > 0 {
		s.background(func() {
			for _, push := range done.pushes {
				s.push(push)
			}
		})
	}
	if address, open := done.answer["url"].(string); open {
		gateway, err := s.gatewayURL(p.ID, address)
		if err != nil {
			return nil, err
		}
		done.answer["gateway_url"] = gateway
	}
	return done.answer, nil
}

// tap is what a menu entry does. The caller holds mu.
func (s *Server) tap(a *account, f *fan, p *person, b *menuButton, in *tapBody) *tapResult {
	key, menuID := xmlField{"EventKey", b.Key}, xmlField{"MenuId", itoa(a.Born.Unix())}
	switch b.Type {
	case "view":
		r := does("open").push(s.event(a, f, "VIEW", xmlField{"EventKey", b.URL}, menuID))
		r.answer["url"] = b.URL
		return r
	case "miniprogram":
		r := does("open").push(s.event(a, f, "view_miniprogram", xmlField{"EventKey", b.PagePath}, menuID))
		r.answer["url"], r.answer["appid"], r.answer["pagepath"] = b.URL, b.AppID, b.PagePath
		return r
	case "click":
		s.openWindow(a, f, "brief")
		return does("none").push(s.event(a, f, "CLICK", key))
	case "scancode_push", "scancode_waitmsg":
		if in.Result == nil {
			r := does("scan")
			r.answer["wait"] = b.Type == "scancode_waitmsg"
			return r
		}
		s.openWindow(a, f, "brief")
		return does("none").push(s.event(a, f, b.Type, key, xmlField{"ScanCodeInfo", "<ScanType><![CDATA[qrcode]]></ScanType><ScanResult>" + escapeXML(*in.Result) + "</ScanResult>"}))
	case "pic_sysphoto", "pic_photo_or_album", "pic_weixin":
		return s.tapPictures(a, f, b, in)
	case "location_select":
		return s.tapPlace(a, f, b, in)
	case "media_id", "article_id", "article_view_limited", "view_limited":
		return s.tapMaterial(a, f, b)
	}
	r := does("unsupported")
	r.answer["type"] = b.Type
	return r
}

// tapPictures asks for pictures, then sends the event and a message for each.
func (s *Server) tapPictures(a *account, f *fan, b *menuButton, in *tapBody) *tapResult {
	if in.Pictures == nil {
		r := does("pictures")
		r.answer["camera"], r.answer["album"] = b.Type != "pic_weixin", b.Type != "pic_sysphoto"
		return r
	}
	if len(in.Pictures) < 1 || len(in.Pictures) > maxTapPictures {
		return &tapResult{err: bad("menu.pictures", "需要 1 到 9 张图片", "pictures must be 1 to 9")}
	}
	items, files := []xmlField{}, []*media{}
	for _, picture := range in.Pictures {
		_, encoded, _ := strings.Cut(picture, "base64,")
		data, err := base64.StdEncoding.DecodeString(encoded)
		kind := http.DetectContentType(data)
		if err != nil || !strings.HasPrefix(kind, "image/") {
			return &tapResult{err: bad("menu.pictures", "不是图片", "pictures must be base64 data URLs")}
		}
		sum := md5.Sum(data)
		items = append(items, xmlField{"item", nested(xmlField{"PicMd5Sum", hex.EncodeToString(sum[:])})})
		files = append(files, s.storeMedia(a.AppID, "image", kind, data, s.Clock.Now().Add(mediaLife)))
	}
	r := does("none").push(s.event(a, f, b.Type, xmlField{"EventKey", b.Key}, xmlField{"SendPicsInfo", nested(xmlField{"Count", strconv.Itoa(len(items))}, xmlField{"PicList", nested(items...)})}))
	for _, m := range files {
		body := content{Type: "image", ImageURL: m.path()}
		s.deliver(f.Person, "acc-"+a.AppID, "person", f.Person, body)
		s.openWindow(a, f, "message")
		s.statSaid(f, "image")
		r.push(s.messagePush(a, f, "image", xmlField{"PicUrl", s.mediaURL(m)}, xmlField{"MediaId", m.ID}))
	}
	return r
}

// tapPlace asks for a place, then sends the event and the message.
func (s *Server) tapPlace(a *account, f *fan, b *menuButton, in *tapBody) *tapResult {
	if in.Place == nil {
		return does("place")
	}
	if err := in.Place.check(); err != nil {
		return &tapResult{err: err}
	}
	at := in.Place
	info := nested(xmlField{"Location_X", degrees(at.Latitude)}, xmlField{"Location_Y", degrees(at.Longitude)}, xmlField{"Scale", strconv.Itoa(at.Scale)}, xmlField{"Label", at.Label}, xmlField{"Poiname", at.Name})
	r := does("none").push(s.event(a, f, b.Type, xmlField{"EventKey", b.Key}, xmlField{"SendLocationInfo", info}))
	s.deliver(f.Person, "acc-"+a.AppID, "person", f.Person, content{Type: "place", Title: at.Name, Description: at.Label, Latitude: at.Latitude, Longitude: at.Longitude})
	s.openWindow(a, f, "message")
	s.statSaid(f, "location")
	return r.push(s.messagePush(a, f, "location", xmlField{"Location_X", degrees(at.Latitude)}, xmlField{"Location_Y", degrees(at.Longitude)}, xmlField{"Scale", strconv.Itoa(at.Scale)}, xmlField{"Label", at.Label}))
}

// tapMaterial sends the entry's material into the chat, or opens its article. Nothing is pushed.
func (s *Server) tapMaterial(a *account, f *fan, b *menuButton) *tapResult {
	if p := s.world.official.articles[b.ArticleID]; p != nil && !p.gone() {
		cards := p.cards()
		if b.Type == "article_view_limited" {
			r := does("open")
			r.answer["url"] = cards[0].URL
			return r
		}
		s.fromAccount(a, f.Person, content{Type: "news", Articles: cards})
		return does("none")
	}
	m := s.world.media[b.MediaID]
	if m == nil {
		return &tapResult{err: refuse(http.StatusGone, "menu.gone", "该内容已被删除", "the material of this entry is gone")}
	}
	body := content{Type: m.Type, MediaURL: m.path(), Title: m.Title, Description: m.Intro}
	if m.Type == "image" || m.Type == "thumb" {
		body = content{Type: "image", ImageURL: m.path()}
	}
	s.fromAccount(a, f.Person, body)
	return does("none")
}
