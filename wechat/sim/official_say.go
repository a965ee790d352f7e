package sim

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// What a person says to an account besides text: pictures, voice, video, places and links.

// messagePush prepares the push of a message of any kind. The caller holds mu.
func (s *Server) messagePush(a *account, f *fan, kind string, fields ...xmlField) outPush {
	id := s.Clock.Now().Unix()<<31 | s.next()&0x7fffffff
	head := []xmlField{{"ToUserName", a.OriginalID}, {"FromUserName", f.OpenID}, {"CreateTime", itoa(s.Clock.Now().Unix())}, {"MsgType", kind}}
	return outPush{account: a.Account, openID: f.OpenID, person: f.Person, shown: true, fields: append(append(head, fields...), xmlField{"MsgId", itoa(id)})}
}

// utter lets a person send something into a chat: an account gets a push, another person the message itself. The caller holds mu.
func (s *Server) utter(p *person, chatID string, body content, kind string, fields ...xmlField) (messageView, error) {
	c, err := s.chatOf(p, chatID)
	if err != nil {
		return messageView{}, err
	}
	switch chatKind, other := chatParts(c.ID); chatKind {
	case "account":
		a, f := s.world.accounts[other], s.fan(other, p.ID)
		if !f.Subscribed && a.Kind != kindMini {
			return messageView{}, refuse(http.StatusConflict, "account.unfollowed", "关注公众号后才能发消息", "follow the account first")
		}
		s.heard(a, f, kind, s.messagePush(a, f, kind, fields...), body)
	case "person":
		return s.messageView(c, s.sendTo(p.ID, other, body)), nil
	case "group":
		m, err := s.speak(p.ID, other, body)
		if err != nil {
			return messageView{}, err
		}
		return s.messageView(c, m), nil
	default:
		return messageView{}, bad("message.chat", "这里只能发文字", "this chat takes text only")
	}
	return s.messageView(c, s.deliver(p.ID, c.ID, "person", p.ID, body)), nil
}

// heard is what follows from a fan's message: the window opens, the statistics count it, and the developer gets it, unless
// a customer-service session takes it. The caller holds mu.
func (s *Server) heard(a *account, f *fan, kind string, push outPush, body content) {
	if f.Black {
		return // WeChat keeps from the account what a fan on its blacklist says
	}
	s.openWindow(a, f, "message")
	s.statSaid(f, kind)
	if s.kfHears(a, f, body) {
		return
	}
	s.background(func() { s.push(push) })
}

// mediaFormats are the formats of voice messages by file type.
var voiceFormats = map[string]string{"audio/mpeg": "mp3", "audio/amr": "amr", "application/octet-stream": "amr", "audio/wave": "amr", "video/webm": "amr", "audio/webm": "amr", "application/ogg": "amr"}

func (s *Server) apiSendMedia(r *http.Request, p *person) (any, error) {
	var in struct {
		Type        string `json:"type"`
		Data        string `json:"data_url"`
		Recognition string `json:"recognition"`
	}
	if err := readControlUpTo(r, &in, maxUpload*4/3); err != nil {
		return nil, err
	}
	_, encoded, _ := strings.Cut(in.Data, "base64,")
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) == 0 || !slices.Contains([]string{"image", "voice", "video"}, in.Type) || len(in.Recognition) > maxText {
		return nil, bad("message.media", "文件无法读取", "type must be image, voice or video, data_url a base64 file")
	}
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	if in.Type == "image" && !strings.HasPrefix(kind, "image/") || in.Type == "video" && !strings.HasPrefix(kind, "video/") || in.Type == "voice" && voiceFormats[kind] == "" {
		return nil, bad("message.media", "这个文件不是可以发送的类型", in.Type+" cannot be "+kind)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, appID := chatParts(r.PathValue("chat"))
	if s.world.accounts[appID] == nil {
		appID = ""
	}
	m := s.storeMedia(appID, in.Type, kind, data, s.Clock.Now().Add(mediaLife))
	body := content{Type: in.Type, MediaURL: m.path()}
	fields := []xmlField{{"MediaId", m.ID}}
	switch in.Type {
	case "image":
		body.ImageURL, body.MediaURL = m.path(), ""
		fields = []xmlField{{"PicUrl", s.mediaURL(m)}, {"MediaId", m.ID}}
	case "voice":
		fields = append(fields, xmlField{"Format", voiceFormats[kind]}, xmlField{"MediaId16K", m.ID})
		if in.Recognition != "" {
			fields = append(fields, xmlField{"Recognition", in.Recognition})
		}
	case "video":
		thumb := s.storeMedia(appID, "thumb", "image/jpeg", grayPicture, s.Clock.Now().Add(mediaLife))
		fields = append(fields, xmlField{"ThumbMediaId", thumb.ID})
	}
	return s.utter(p, r.PathValue("chat"), body, in.Type, fields...)
}

type placeBody struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Label     string  `json:"label"`
	Name      string  `json:"name"`
	Scale     int     `json:"scale"`
}

func (in *placeBody) check() error {
	if in.Latitude < -90 || in.Latitude > 90 || in.Longitude < -180 || in.Longitude > 180 || len(in.Label) > 400 || len(in.Name) > 200 || in.Scale < 0 || in.Scale > 30 {
		return bad("message.place", "位置不正确", "latitude, longitude, label or scale is out of range")
	}
	if in.Scale == 0 {
		in.Scale = 15
	}
	return nil
}

func degrees(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }

func (s *Server) apiSendPlace(r *http.Request, p *person) (any, error) {
	var in placeBody
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	label := in.Label
	if label == "" {
		label = in.Name
	}
	return s.utter(p, r.PathValue("chat"), content{Type: "place", Title: in.Name, Description: in.Label, Latitude: in.Latitude, Longitude: in.Longitude}, "location",
		xmlField{"Location_X", degrees(in.Latitude)}, xmlField{"Location_Y", degrees(in.Longitude)}, xmlField{"Scale", strconv.Itoa(in.Scale)}, xmlField{"Label", label})
}

func (s *Server) apiSendLink(r *http.Request, p *person) (any, error) {
	var in struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	in.URL = s.realURL(in.URL)
	if in.Title == "" || len(in.Title) > 1024 || len(in.Description) > 4096 || len(in.URL) > 4096 || !strings.HasPrefix(in.URL, "http") {
		return nil, bad("message.link", "链接不完整", "a link needs title and url")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.utter(p, r.PathValue("chat"), content{Type: "link", Title: in.Title, Description: in.Description, URL: in.URL}, "link",
		xmlField{"Title", in.Title}, xmlField{"Description", in.Description}, xmlField{"Url", in.URL})
}

// apiEnterChat is a person opening an account's chat: an account that asks for places gets one.
func (s *Server) apiEnterChat(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.world.accounts[r.PathValue("appid")]
	if a == nil {
		return nil, missing("account " + r.PathValue("appid"))
	}
	if f := s.fan(a.AppID, p.ID); f.Subscribed && !f.Black && s.desk(a.AppID).Location {
		push := s.event(a, f, "LOCATION", xmlField{"Latitude", degrees(p.Latitude)}, xmlField{"Longitude", degrees(p.Longitude)}, xmlField{"Precision", "30.000000"})
		s.background(func() { s.push(push) })
	}
	return nil, nil
}

// apiRefuseMessages switches the messages of an account off or on (接收消息).
func (s *Server) apiRefuseMessages(r *http.Request, p *person) (any, error) {
	var in struct {
		Refuse bool `json:"refuse"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.world.accounts[r.PathValue("appid")]
	if a == nil {
		return nil, missing("account " + r.PathValue("appid"))
	}
	f := s.fan(a.AppID, p.ID)
	f.Refuses = in.Refuse
	s.touchFan(f)
	return s.profile(a, p.ID), nil
}
