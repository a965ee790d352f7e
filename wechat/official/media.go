package official

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// MediaType is a kind of temporary medium.
type MediaType string

// Kinds of media with WeChat's size limits.
const (
	MediaImage MediaType = "image" // 10 MB: bmp, png, jpeg, gif
	MediaVoice MediaType = "voice" // 2 MB, 60 s: amr, mp3
	MediaVideo MediaType = "video" // 10 MB: mp4
	MediaThumb MediaType = "thumb" // 64 KB: jpg
)

func (t MediaType) limit() int64 {
	switch t {
	case MediaImage, MediaVideo:
		return 10 << 20
	case MediaVoice:
		return 2 << 20
	case MediaThumb:
		return 64 << 10
	}
	return 0
}

// Media is an uploaded temporary medium; WeChat keeps it three days.
type Media struct {
	ID        string
	Type      MediaType
	CreatedAt time.Time // UTC
}

// UploadMedia uploads a temporary medium. filename's ending tells its format.
func (c *Client) UploadMedia(ctx context.Context, kind MediaType, filename string, r io.Reader) (Media, error) {
	const path = "/cgi-bin/media/upload"
	contentType, body, err := mediaForm(kind, filename, r)
	if err != nil {
		return Media{}, err
	}
	var out struct {
		Type      MediaType `json:"type"`
		MediaID   string    `json:"media_id"`
		ThumbID   string    `json:"thumb_media_id"` // what WeChat names it for thumbs
		CreatedAt int64     `json:"created_at"`
	}
	err = c.withToken(ctx, func(token string) error {
		query := withAccessToken(url.Values{"type": {string(kind)}}, token)
		a, err := c.send(ctx, http.MethodPost, path, query, contentType, body, maxJSONAnswer)
		if err != nil {
			return err
		}
		return decode(path, a.body, &out)
	})
	if err != nil {
		return Media{}, err
	}
	id := out.MediaID
	if id == "" {
		id = out.ThumbID
	}
	return Media{ID: id, Type: out.Type, CreatedAt: time.Unix(out.CreatedAt, 0).UTC()}, nil
}

func mediaForm(kind MediaType, filename string, r io.Reader) (contentType string, body []byte, err error) {
	limit := kind.limit()
	if limit == 0 {
		return "", nil, fmt.Errorf("official: media type %q is none of image, voice, video, thumb", kind)
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return "", nil, fmt.Errorf("official: reading the medium: %w", err)
	}
	if int64(len(data)) > limit {
		return "", nil, fmt.Errorf("official: a medium of type %s is at most %d bytes", kind, limit)
	}
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", multipart.FileContentDisposition("media", filename))
	head.Set("Content-Type", http.DetectContentType(data))
	part, err := form.CreatePart(head)
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = form.Close()
	}
	return form.FormDataContentType(), buf.Bytes(), err
}

// MediaContent is a downloaded medium: either Body or, for a video, VideoURL.
type MediaContent struct {
	ContentType string
	Filename    string
	Body        []byte
	VideoURL    string
}

// GetMedia downloads a temporary medium of at most 20 MB.
func (c *Client) GetMedia(ctx context.Context, mediaID string) (MediaContent, error) {
	const path = "/cgi-bin/media/get"
	var out MediaContent
	err := c.withToken(ctx, func(token string) error {
		query := withAccessToken(url.Values{"media_id": {mediaID}}, token)
		a, err := c.send(ctx, http.MethodGet, path, query, "", nil, maxMediaAnswer)
		if err != nil {
			return err
		}
		out, err = mediaContent(path, a)
		return err
	})
	return out, err
}

// mediaContent tells a medium from JSON, which is an error or a video's address.
func mediaContent(path string, a answer) (MediaContent, error) {
	contentType := a.header.Get("Content-Type")
	kind, _, _ := mime.ParseMediaType(contentType)
	if kind == "application/json" || (strings.HasPrefix(kind, "text/") && json.Valid(a.body)) {
		var video struct {
			URL string `json:"video_url"`
		}
		if err := decode(path, a.body, &video); err != nil {
			return MediaContent{}, err
		}
		return MediaContent{ContentType: contentType, VideoURL: video.URL}, nil
	}
	_, params, _ := mime.ParseMediaType(a.header.Get("Content-Disposition"))
	return MediaContent{ContentType: contentType, Filename: params["filename"], Body: a.body}, nil
}
