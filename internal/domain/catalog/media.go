package catalog

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Media is a stored picture of a shop.
type Media struct {
	ID     id.ID  `json:"id"`
	URL    string `json:"url" doc:"/media/{shop}/{sha}.{ext}; {sha}-360.jpg and {sha}-750.jpg are smaller copies"`
	SHA256 string `json:"sha256"`
	MIME   string `json:"mime"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Size   int64  `json:"size" doc:"bytes"`
}

var extensions = map[string]string{"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}

// Widths are the sizes, in pixels of width, in which copies of every picture are kept.
var Widths = []int{360, 750}

// Path is the address of a picture: /media/{shop}/{sha}.{ext}.
func Path(shop id.ID, sha, mime string) string {
	return "/media/" + shop.String() + "/" + sha + "." + extensions[mime]
}

var mediaPath = regexp.MustCompile(`^/media/[0-9]{1,19}/[0-9a-f]{64}\.(jpg|png|gif|webp)$`)

// IsPath says whether s is an address Path gives.
func IsPath(s string) bool { return mediaPath.MatchString(s) }

// Thumb is the address of the copy of a picture in one of Widths.
func Thumb(path, width string) string {
	if !IsPath(path) {
		return path
	}
	return path[:strings.LastIndexByte(path, '.')] + "-" + width + ".jpg"
}

var mediaName = regexp.MustCompile(`^([0-9a-f]{64}(?:-[0-9]{3})?)\.(jpg|png|gif|webp)$`)

// FileName splits the last part of a media address into the name of its blob
// and its MIME type; ok is false for anything that is no such name.
func FileName(name string) (blob, mime string, ok bool) {
	m := mediaName.FindStringSubmatch(name)
	if m == nil {
		return "", "", false
	}
	for mime, ext := range extensions {
		if ext == m[2] {
			return m[1], mime, true
		}
	}
	return "", "", false
}

// Keep writes the row of a picture whose bytes are stored; the same bytes of
// the same shop are one row. source is the address it came from, "" for none.
func Keep(tx *db.Tx, ids *id.Source, shop id.ID, pic Prepared, source string, now time.Time) (Media, error) {
	m := Media{ID: ids.Next(), SHA256: pic.SHA256, MIME: pic.MIME, Width: pic.Width, Height: pic.Height, Size: int64(len(pic.Bytes))}
	_, err := tx.Exec(`INSERT INTO media (shop_id, id, sha256, mime, width, height, size, source_url, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)
		ON CONFLICT (shop_id, sha256) DO NOTHING`, shop, m.ID, m.SHA256, m.MIME, m.Width, m.Height, m.Size, source, now)
	if err != nil {
		return m, err
	}
	err = tx.QueryRow(`SELECT id, mime, width, height, size FROM media WHERE shop_id = $1 AND sha256 = $2`, shop, m.SHA256).
		Scan(&m.ID, &m.MIME, &m.Width, &m.Height, &m.Size)
	m.URL = Path(shop, m.SHA256, m.MIME)
	return m, err
}

// BySource finds the picture that was fetched from an address before; ok is false for none.
func BySource(tx *db.Tx, shop id.ID, source string) (m Media, ok bool, err error) {
	return findMedia(tx.QueryRow(`SELECT id, sha256, mime, width, height, size FROM media
		WHERE shop_id = $1 AND source_url = $2 AND source_url <> '' ORDER BY id DESC LIMIT 1`, shop, source), shop)
}

// ByPath finds the stored picture of an address of this shop.
func ByPath(tx *db.Tx, shop id.ID, path string) (m Media, ok bool, err error) {
	if !IsPath(path) {
		return m, false, nil
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	return findMedia(tx.QueryRow(`SELECT id, sha256, mime, width, height, size FROM media WHERE shop_id = $1 AND sha256 = $2`, shop, name[:64]), shop)
}

func findMedia(r db.Row, shop id.ID) (m Media, ok bool, err error) {
	err = r.Scan(&m.ID, &m.SHA256, &m.MIME, &m.Width, &m.Height, &m.Size)
	if errors.Is(err, db.ErrNoRow) {
		return m, false, nil
	}
	m.URL = Path(shop, m.SHA256, m.MIME)
	return m, err == nil, err
}
