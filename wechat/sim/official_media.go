package sim

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	mediaLife  = 72 * time.Hour
	maxMedia   = 2000 // files kept at once
	keptUpload = 512  // bytes of an upload the inspector keeps
)

// media is an uploaded file. A zero Until never expires.
type media struct {
	ID    string    `json:"id"`
	AppID string    `json:"appid"`
	Type  string    `json:"type"`           // image, voice, video, thumb
	Name  string    `json:"name,omitempty"` // of the file
	MIME  string    `json:"mime"`
	Data  []byte    `json:"data"`
	Born  time.Time `json:"born"`
	Until time.Time `json:"until,omitzero"`
	Kept  bool      `json:"kept,omitempty"` // permanent: never forgotten for want of room
	Title string    `json:"title,omitempty"`
	Intro string    `json:"intro,omitempty"`
}

var zeroTime time.Time // of a file that does not expire

func (m *media) expired(now time.Time) bool { return !m.Until.IsZero() && !now.Before(m.Until) }
func (m *media) path() string               { return "/_sim/media/" + m.ID }

var mediaRules = map[string]struct {
	size  int
	kinds string
}{
	"image": {10 << 20, "image/png image/jpeg image/gif image/bmp"},
	"voice": {2 << 20, "audio/mpeg audio/amr application/octet-stream"},
	"video": {10 << 20, "video/mp4"},
	"thumb": {64 << 10, "image/jpeg"},
}

func (s *Server) mediaUpload(c *call) {
	kind := c.r.URL.Query().Get("type")
	data, detected := c.file(kind)
	if data == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.storeMedia(c.app.AppID, kind, detected, data, s.Clock.Now().Add(mediaLife))
	name := "media_id"
	if kind == "thumb" {
		name = "thumb_media_id"
	}
	c.ok(map[string]any{"type": kind, name: m.ID, "created_at": m.Born.Unix()})
}

func (s *Server) mediaUploadImage(c *call) {
	data, detected := c.file("image")
	if data == nil {
		return
	}
	if len(data) > 1<<20 {
		c.fail(40009, "invalid image size")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.storeMedia(c.app.AppID, "image", detected, data, zeroTime)
	m.Kept, m.Type = true, "article" // outside the counts of material
	c.ok(map[string]string{"url": "http://" + s.hostPort() + m.path()})
}

// file reads the multipart file "media" and holds it to the rules of its type; on failure it has answered.
func (c *call) file(kind string) (data []byte, detected string) {
	c.entry.request.body = c.body[:min(len(c.body), keptUpload)]
	rule, ok := mediaRules[kind]
	if !ok {
		c.fail(40004, "invalid media type")
		return nil, ""
	}
	parts, err := formReader(c.r.Header.Get("Content-Type"), c.body)
	if err != nil {
		c.fail(41005, "media data missing")
		c.refused("41005: %v", err)
		return nil, ""
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			c.fail(41005, "media data missing")
			return nil, ""
		}
		if part.FormName() != "media" {
			continue
		}
		if data, err = io.ReadAll(part); err != nil || len(data) == 0 {
			c.fail(41005, "media data missing")
			return nil, ""
		}
		break
	}
	if len(data) > rule.size {
		c.fail(40006, "invalid meida size")
		return nil, ""
	}
	detected, _, _ = strings.Cut(http.DetectContentType(data), ";")
	if !strings.Contains(rule.kinds, detected) {
		c.deny(40005, "invalid file type", "the file is %s; %s may be %s", detected, kind, rule.kinds)
		return nil, ""
	}
	return data, detected
}

// storeMedia keeps a file, forgetting what expired and, when full, the oldest. The caller holds mu.
func (s *Server) storeMedia(appID, kind, detected string, data []byte, until time.Time) *media {
	now := s.Clock.Now()
	if len(s.world.media) >= maxMedia {
		s.forgetMedia(now)
	}
	m := &media{ID: s.pick(64, letters+"-_"), AppID: appID, Type: kind, MIME: detected, Data: data, Born: now, Until: until}
	s.world.media[m.ID] = m
	s.touch("media", m.ID)
	return m
}

// forgetMedia makes room: the oldest file goes, expired ones first, permanent ones never.
func (s *Server) forgetMedia(now time.Time) {
	var oldest *media
	loose := 0
	for _, m := range s.world.media {
		if m.Kept {
			continue
		}
		if loose++; oldest == nil || m.expired(now) || m.Born.Before(oldest.Born) && !oldest.expired(now) {
			oldest = m
		}
	}
	if loose >= maxMedia {
		delete(s.world.media, oldest.ID)
		s.touch("media", oldest.ID)
	}
}

func (s *Server) mediaGet(c *call) {
	s.mu.Lock()
	m := s.world.media[c.r.URL.Query().Get("media_id")]
	s.mu.Unlock()
	if m == nil || m.AppID != c.app.AppID || m.expired(s.Clock.Now()) {
		c.fail(40007, "invalid media_id")
		return
	}
	if m.Type == "video" {
		c.ok(map[string]string{"video_url": "http://" + s.hostPort() + m.path()})
		return
	}
	c.header.Set("Content-Type", m.MIME)
	c.header.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, m.ID))
	c.out = m.Data
}

// serveMedia shows an uploaded file on a phone.
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	m := s.world.media[r.PathValue("id")]
	s.mu.Unlock()
	if m == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.MIME)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "max-age=86400")
	w.Write(m.Data)
}
