package catalog_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

func picture(w, h int, left, right color.Color) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			if x < w/2 {
				img.Set(x, y, left)
			} else {
				img.Set(x, y, right)
			}
		}
	}
	return img
}

func encode(t testing.TB, kind string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, img)
	case "gif":
		err = gif.Encode(&b, img, nil)
	default:
		err = jpeg.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a PNG that says it is w×h but holds nothing.
func bomb(w, h uint32) []byte { return hollow(w, h, 8) }

// bomb16 is one of 8 bytes per pixel.
func bomb16(w, h uint32) []byte { return hollow(w, h, 16) }

func hollow(w, h uint32, depth byte) []byte {
	chunk := func(name string, body []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		b = append(append(b, name...), body...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return append([]byte("\x89PNG\r\n\x1a\n"), append(chunk("IHDR", append(body, depth, 6, 0, 0, 0)), chunk("IEND", nil)...)...)
}

func TestPictureBombs(t *testing.T) {
	var gifHead bytes.Buffer
	gifHead.WriteString("GIF89a\xff\xff\xff\xff\x00\x00\x00;")
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"huge png":       {bomb(60000, 60000), "catalog.picture_too_large"},
		"16-bit png":     {bomb16(6000, 6000), "catalog.picture_too_large"},
		"overflow":       {bomb(1<<31-1, 1<<31-1), "catalog.picture"},
		"gif 65535²":     {gifHead.Bytes(), "catalog.picture_too_large"},
		"empty":          {nil, "catalog.picture"},
		"html":           {[]byte("<html>"), "catalog.picture"},
		"svg":            {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>`), "catalog.picture"},
		"cut jpeg":       {encode(t, "jpeg", picture(40, 40, color.Black, color.White))[:200], "catalog.picture"},
		"png of nothing": {bomb(10, 10), "catalog.picture"},
		"eleven MB":      {append(encode(t, "png", picture(4, 4, color.Black, color.White)), make([]byte, 11<<20)...), "catalog.picture_too_large"},
	} {
		start := time.Now()
		if _, err := catalog.Prepare(c.b); errs.Code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestPrepare(t *testing.T) {
	red, blue := color.RGBA{220, 0, 0, 255}, color.RGBA{0, 0, 220, 255}
	small := encode(t, "png", picture(100, 50, red, blue))
	p, err := catalog.Prepare(small)
	if err != nil || !bytes.Equal(p.Bytes, small) || p.MIME != "image/png" || p.Width != 100 {
		t.Errorf("a small picture is not kept as it is: %v", err)
	}
	big, err := catalog.Prepare(encode(t, "jpeg", picture(3000, 1000, red, blue)))
	if err != nil || big.Width != 2000 || big.Height != 666 || big.MIME != "image/jpeg" {
		t.Errorf("%d×%d %s %v", big.Width, big.Height, big.MIME, err)
	}
	for width, want := range map[string]image.Point{"360": {360, 119}, "750": {750, 249}} {
		if c, err := jpeg.DecodeConfig(bytes.NewReader(big.Copies[width])); err != nil || c.Width != want.X || c.Height < want.Y-1 || c.Height > want.Y+1 {
			t.Errorf("copy %s is %d×%d: %v", width, c.Width, c.Height, err)
		}
	}
	glass, err := catalog.Prepare(encode(t, "png", picture(2400, 100, color.RGBA{}, red)))
	if err != nil || glass.MIME != "image/png" || glass.Width != 2000 {
		t.Errorf("see-through: %s %d %v", glass.MIME, glass.Width, err)
	}
	thin, err := jpeg.Decode(bytes.NewReader(glass.Copies["360"]))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, b, _ := thin.At(2, 2).RGBA(); r < 0xf000 || g < 0xf000 || b < 0xf000 {
		t.Errorf("see-through became %x %x %x, not white", r, g, b)
	}
	if p, err := catalog.Prepare(encode(t, "gif", picture(30, 30, red, blue))); err != nil || p.MIME != "image/gif" {
		t.Errorf("gif: %v", err)
	}
}

// A photo turned by EXIF comes out upright and without the EXIF data.
func TestPhotosAreTurned(t *testing.T) {
	plain := encode(t, "jpeg", picture(80, 40, color.RGBA{220, 0, 0, 255}, color.RGBA{0, 0, 220, 255}))
	for orientation, want := range map[byte]struct{ w, h, x, y int }{ // where the left, red half goes
		1: {80, 40, 5, 20}, 3: {80, 40, 75, 20}, 6: {40, 80, 20, 5}, 8: {40, 80, 20, 75},
	} {
		tiff := append([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"), orientation, 0, 0, 0, 0, 0, 0, 0)
		tiff = append(tiff, "GPS secret"...)
		app := append([]byte("Exif\x00\x00"), tiff...)
		b := append([]byte{0xFF, 0xD8, 0xFF, 0xE1, byte((len(app) + 2) >> 8), byte(len(app) + 2)}, app...)
		p, err := catalog.Prepare(append(b, plain[2:]...))
		if err != nil || p.Width != want.w || p.Height != want.h || bytes.Contains(p.Bytes, []byte("secret")) {
			t.Fatalf("orientation %d: %d×%d %v", orientation, p.Width, p.Height, err)
		}
		img, err := jpeg.Decode(bytes.NewReader(p.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		if r, _, b, _ := img.At(want.x, want.y).RGBA(); r < 0x9000 || b > 0x6000 {
			t.Errorf("orientation %d: red is not at %d,%d", orientation, want.x, want.y)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add(encode(f, "jpeg", picture(8, 8, color.Black, color.White)))
	f.Add(encode(f, "png", picture(8, 8, color.Black, color.White)))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8L"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := catalog.Prepare(b); err == nil && (p.Width < 1 || p.Width > 2000 || p.Height > 2000 || len(p.Copies) != len(catalog.Widths)) {
			t.Errorf("%d×%d with %d copies", p.Width, p.Height, len(p.Copies))
		}
	})
}

func TestMediaIsKeptOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		store, err := blob.Open(t.TempDir(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		shop := ids.Next()
		pic, err := catalog.Prepare(encode(t, "png", picture(10, 10, color.Black, color.White)))
		if err != nil {
			t.Fatal(err)
		}
		if err := pic.Store(store); err != nil {
			t.Fatal(err)
		}
		var first, again catalog.Media
		write(t, d, func(tx *db.Tx) (err error) {
			first, err = catalog.Keep(tx, ids, shop, pic, "https://a/b.png", noon)
			return err
		})
		write(t, d, func(tx *db.Tx) (err error) {
			again, err = catalog.Keep(tx, ids, shop, pic, "", noon)
			return err
		})
		if first != again || !catalog.IsPath(first.URL) {
			t.Errorf("%+v and %+v", first, again)
		}
		_ = d.Read(ctx, func(tx *db.Tx) error {
			if m, ok, err := catalog.BySource(tx, shop, "https://a/b.png"); !ok || m != first || err != nil {
				t.Errorf("by source: %+v %v", m, err)
			}
			if _, ok, err := catalog.ByPath(tx, ids.Next(), first.URL); ok || err != nil {
				t.Errorf("another shop has it: %v", err)
			}
			return nil
		})
		name := first.URL[strings.LastIndexByte(first.URL, '/')+1:]
		for _, n := range []string{name, strings.TrimPrefix(catalog.Thumb(first.URL, "360"), first.URL[:len(first.URL)-len(name)])} {
			file, _, ok := catalog.FileName(n)
			if !ok || !store.Has(file) {
				t.Errorf("%s is not stored", n)
			}
		}
		for _, bad := range []string{"../x.jpg", name + ".html", strings.Repeat("a", 64) + ".svg", "", "a.jpg"} {
			if _, _, ok := catalog.FileName(bad); ok {
				t.Errorf("%q passes as a name", bad)
			}
		}
	})
}
