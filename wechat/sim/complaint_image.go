package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

const maxComplaintImage = 2 << 20 // bytes

var complaintImageKinds = []string{"image/jpeg", "image/png", "image/bmp"}

// complaintMediaOf marks whose a picture is among the media: those of a complaint belong to the merchant it is about.
func complaintMediaOf(mchID string) string { return "mch:" + mchID }

// asUploader verifies a caller that sends a file: what is signed is the part "meta" alone. f gets the file as the body.
func (s *Server) asUploader(f func(c *call, meta uploadMeta)) func(*call) {
	return func(c *call) {
		whole := c.body
		c.entry.request.body = whole[:min(len(whole), keptUpload)]
		meta, file, why := readUpload(c.r.Header.Get("Content-Type"), whole)
		if c.body = meta; why != "" {
			c.payFail(http.StatusBadRequest, "PARAM_ERROR", "上传请求格式错误，需为multipart/form-data，含meta和file", nil)
			c.refused("%s", why)
			return
		}
		if c.r.Header.Get("Accept") == "" || c.r.UserAgent() == "" {
			c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "Http头缺少Accept或User-Agent", nil)
			return
		}
		if !c.authorize() {
			return
		}
		var in uploadMeta
		sum := sha256.Sum256(file)
		switch {
		case json.Unmarshal(meta, &in) != nil || in.Filename == "" || in.SHA256 == "":
			c.payFail(http.StatusBadRequest, "PARAM_ERROR", "meta需为含filename和sha256的JSON", map[string]string{"field": "meta", "location": "body"})
			return
		case !strings.EqualFold(in.SHA256, hex.EncodeToString(sum[:])):
			c.payFail(http.StatusBadRequest, "PARAM_ERROR", "文件sha256与meta中的不一致", map[string]string{"field": "sha256", "location": "body"})
			c.refused("the file's sha256 is %x", sum)
			return
		}
		c.body = file
		f(c, in)
	}
}

type uploadMeta struct {
	Filename string `json:"filename"`
	SHA256   string `json:"sha256"`
}

func readUpload(contentType string, body []byte) (meta, file []byte, why string) {
	parts, err := formReader(contentType, body)
	if err != nil {
		return nil, nil, err.Error()
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return meta, file, "the parts cannot be read: " + err.Error()
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return meta, file, "a part cannot be read: " + err.Error()
		}
		switch part.FormName() {
		case "meta":
			meta = data
		case "file":
			file = data
		}
	}
	if meta == nil || file == nil {
		return meta, file, "a part named meta or file is missing"
	}
	return meta, file, ""
}

// complaintUpload answers POST /v3/merchant-service/images/upload.
func (s *Server) complaintUpload(c *call, _ uploadMeta) {
	kind, _, _ := strings.Cut(http.DetectContentType(c.body), ";")
	switch {
	case len(c.body) > maxComplaintImage:
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "图片大小不能超过2M", nil)
	case !slices.Contains(complaintImageKinds, kind):
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "图片格式仅支持JPG、BMP、PNG", nil)
		c.refused("the file is %s", kind)
	default:
		s.mu.Lock()
		m := s.storeMedia(complaintMediaOf(c.mch.MchID), "image", kind, c.body, time.Time{})
		s.unlockDurably()
		c.payOK(map[string]string{"media_id": m.ID})
	}
}

// complaintImage answers GET /v3/merchant-service/images/{media_id} with the picture, unsigned.
func (s *Server) complaintImage(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.world.media[c.r.PathValue("media")]
	if m == nil || !strings.HasPrefix(m.AppID, "mch:") || !s.providesFor(c.mch.MchID, strings.TrimPrefix(m.AppID, "mch:")) {
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "图片不存在", nil)
		return
	}
	c.unsigned = true
	c.header.Set("Content-Type", m.MIME)
	c.out = m.Data
}

// complaintPicture keeps a picture a buyer sends as a data URL. The caller holds mu.
func (s *Server) complaintPicture(mchID, dataURL string) (string, error) {
	_, text, ok := strings.Cut(dataURL, ";base64,")
	data, err := base64.StdEncoding.DecodeString(text)
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	if !ok || err != nil || !slices.Contains(complaintImageKinds, kind) || len(data) > maxComplaintImage {
		return "", bad("complaint.image", "图片需为 JPG、PNG 或 BMP，不超过 2 MB", "pictures are data URLs of JPEG, PNG or BMP, at most 2 MB each")
	}
	return s.storeMedia(complaintMediaOf(mchID), "image", kind, data, time.Time{}).ID, nil
}
