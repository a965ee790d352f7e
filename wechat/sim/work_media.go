package sim

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

const (
	maxWorkUpload = 21 << 20 // bytes of a request with a file
	minWorkFile   = 6        // bytes: files of five or fewer are refused
	maxWorkImage  = 2 << 20  // of uploadimg
)

// workFiles are the sizes of 上传临时素材.
var workFiles = map[string]int{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}

// workFile reads the file of a multipart body; on failure it has answered.
func (c *call) workFile(most int) (data []byte, name string, ok bool) {
	c.entry.request.body = c.body[:min(len(c.body), keptUpload)]
	parts, err := formReader(c.r.Header.Get("Content-Type"), c.body)
	if err != nil {
		c.fail(41005, "media data missing")
		c.refused("41005: %v", err)
		return nil, "", false
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			c.fail(41005, "media data missing")
			return nil, "", false
		}
		if part.FileName() == "" {
			continue
		}
		if data, err = io.ReadAll(part); err != nil {
			c.fail(41005, "media data missing")
			return nil, "", false
		}
		name = part.FileName()
		break
	}
	switch {
	case len(data) < minWorkFile:
		c.deny(44001, "empty media data", "the file has %d bytes, more than 5 are needed", len(data))
	case len(data) > most:
		c.deny(45001, "media size out of limit", "the file has %d bytes, %d are allowed", len(data), most)
	default:
		return data, name, true
	}
	return nil, "", false
}

// storeWorkFile checks the type of a file and keeps it; on failure it has answered.
func (s *Server) storeWorkFile(c *call, kind string, most int, until time.Time) *media {
	data, name, ok := c.workFile(most)
	if !ok {
		return nil
	}
	detected, _, _ := strings.Cut(http.DetectContentType(data), ";")
	if kind == "image" && !strings.Contains(mediaRules["image"].kinds, detected) || kind == "video" && detected != "video/mp4" {
		c.deny(40005, "invalid file type", "the file is %s, which is no %s here", detected, kind)
		return nil
	}
	if kind == "voice" && bytes.HasPrefix(data, []byte("#!AMR")) {
		detected = "audio/amr"
	} else if kind == "voice" {
		c.deny(40005, "invalid file type", "a voice must be AMR")
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.storeMedia(c.corp.CorpID, kind, detected, data, until)
	m.Name = name
	return m
}

func (s *Server) workUpload(c *call) {
	kind := c.r.URL.Query().Get("type")
	most, ok := workFiles[kind]
	if !ok {
		c.fail(40004, "invalid media type")
		return
	}
	if m := s.storeWorkFile(c, kind, most, s.Clock.Now().Add(mediaLife)); m != nil {
		c.ok(struct {
			apiError
			Type    string `json:"type"`
			ID      string `json:"media_id"`
			Created string `json:"created_at"`
		}{apiError{0, ""}, kind, m.ID, itoa(m.Born.Unix())})
	}
}

func (s *Server) workUploadImage(c *call) {
	if m := s.storeWorkFile(c, "image", maxWorkImage, time.Time{}); m != nil {
		c.ok(struct {
			apiError
			URL string `json:"url"`
		}{apiError{0, ""}, "http://" + s.hostPort() + m.path()})
	}
}

func (s *Server) workUploadAttachment(c *call) {
	q := c.r.URL.Query()
	kind, use := q.Get("media_type"), q.Get("attachment_type")
	most, ok := workFiles[kind]
	if !ok || kind == "voice" {
		c.fail(40004, "invalid media type")
		return
	}
	if use != "1" && use != "2" {
		c.invalid("attachment_type must be 1 (Moments) or 2 (product album)")
		return
	}
	if m := s.storeWorkFile(c, kind, most, s.Clock.Now().Add(mediaLife)); m != nil {
		c.ok(struct {
			apiError
			Type    string `json:"type"`
			ID      string `json:"media_id"`
			Created int64  `json:"created_at"`
		}{apiOK, kind, m.ID, m.Born.Unix()})
	}
}

func (s *Server) workMedia(c *call) {
	s.mu.Lock()
	m := s.world.media[c.r.URL.Query().Get("media_id")]
	s.mu.Unlock()
	if m == nil || m.AppID != c.corp.CorpID || m.expired(s.Clock.Now()) {
		c.fail(40007, "invalid media_id")
		return
	}
	c.header.Set("Content-Type", m.MIME)
	c.header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": m.title()}))
	c.out = m.Data
}

func (s *Server) workMediaEndpoints() []endpoint {
	post := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightAny, f) }
	return []endpoint{
		{Pattern: "/cgi-bin/media/upload", Title: "上传临时素材", Fidelity: Full, Limit: maxWorkUpload, serve: post(s.workUpload)},
		{Pattern: "/cgi-bin/media/uploadimg", Title: "上传图片", Fidelity: Partial, Note: "no daily quota", Limit: maxWorkUpload, serve: post(s.workUploadImage)},
		{Pattern: "/cgi-bin/media/upload_attachment", Title: "上传附件资源", Fidelity: Full, Limit: maxWorkUpload, serve: post(s.workUploadAttachment)},
		{Pattern: "/cgi-bin/media/get", Title: "获取临时素材", Fidelity: Partial, Note: "no ranges", serve: s.withCorp(http.MethodGet, rightAny, s.workMedia)},
	}
}
