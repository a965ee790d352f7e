package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strconv"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/shuke-commerce/shuke/internal/platform/blob"
)

// Bounds of pictures.
const (
	MaxPictureBytes = 10 << 20
	maxPixels       = 40_000_000 // checked in the header, before anything is decoded; half of it for 16-bit colours
	maxSide         = 2000       // larger pictures are made smaller
)

// Prepared is a picture ready to be stored, with its smaller copies by width.
type Prepared struct {
	Bytes         []byte
	SHA256        string
	MIME          string
	Width, Height int
	Copies        map[string][]byte // "360", "750": JPEG
}

// Prepare reads a JPEG, PNG, GIF or WebP as uploaded. A picture larger than
// 2,000 pixels is made smaller; a photo with EXIF data is turned upright and
// written anew without it (it may tell where it was taken). Everything else
// keeps its bytes. It may take seconds and 250 MB: let few run at a time.
func Prepare(b []byte) (p Prepared, err error) {
	defer func() { // the bytes are a stranger's: a decoder that trips over them must not end the process
		if r := recover(); r != nil {
			p, err = Prepared{}, ErrPicture.Because(fmt.Errorf("decoder panicked: %v", r))
		}
	}()
	return prepare(b)
}

func prepare(b []byte) (Prepared, error) {
	if len(b) > MaxPictureBytes {
		return Prepared{}, ErrPictureTooLarge
	}
	mime := pictureType(b)
	if mime == "" {
		return Prepared{}, ErrPicture
	}
	cfg, err := config(b, mime)
	if err != nil || cfg.Width < 1 || cfg.Height < 1 {
		return Prepared{}, ErrPicture.Because(err)
	}
	if int64(cfg.Width)*int64(cfg.Height) > pixelsFor(cfg.ColorModel) {
		return Prepared{}, ErrPictureTooLarge.With("width", cfg.Width).With("height", cfg.Height)
	}
	img, err := decode(b, mime)
	if err != nil {
		return Prepared{}, ErrPicture.Because(err)
	}
	turn, tagged := exif(b, mime)
	img = upright(img, turn)
	if size := img.Bounds(); tagged || size.Dx() > maxSide || size.Dy() > maxSide {
		if b, mime, img, err = redraw(img); err != nil {
			return Prepared{}, err
		}
	}
	sum := sha256.Sum256(b)
	p := Prepared{Bytes: b, SHA256: hex.EncodeToString(sum[:]), MIME: mime, Width: img.Bounds().Dx(), Height: img.Bounds().Dy(), Copies: map[string][]byte{}}
	for i := len(Widths) - 1; i >= 0; i-- { // from the wide copy down: less to read
		img = onWhite(shrink(img, Widths[i], 4*Widths[i]))
		if p.Copies[strconv.Itoa(Widths[i])], err = jpegBytes(img, 80); err != nil {
			return p, err
		}
	}
	return p, nil
}

// pixelsFor keeps what a picture takes in memory below 160 MB.
func pixelsFor(m color.Model) int64 {
	if m == color.NRGBA64Model || m == color.RGBA64Model || m == color.Gray16Model {
		return maxPixels / 2
	}
	return maxPixels
}

func pictureType(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}):
		return "image/jpeg"
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return "image/gif"
	case len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return "image/webp"
	}
	return ""
}

func config(b []byte, mime string) (image.Config, error) {
	r := bytes.NewReader(b)
	switch mime {
	case "image/jpeg":
		return jpeg.DecodeConfig(r)
	case "image/png":
		return png.DecodeConfig(r)
	case "image/gif":
		return gif.DecodeConfig(r)
	}
	return webp.DecodeConfig(r)
}

// decode gives the picture, of a moving one the first.
func decode(b []byte, mime string) (image.Image, error) {
	r := bytes.NewReader(b)
	switch mime {
	case "image/jpeg":
		return jpeg.Decode(r)
	case "image/png":
		return png.Decode(r)
	case "image/gif":
		return gif.Decode(r)
	}
	return webp.Decode(r)
}

// redraw writes a picture anew, at most maxSide wide and high: as PNG when it
// is see-through, as JPEG otherwise.
func redraw(img image.Image) ([]byte, string, image.Image, error) {
	img = shrink(img, maxSide, maxSide)
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		b, err := jpegBytes(img, 88)
		return b, "image/jpeg", img, err
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), "image/png", img, err
}

func jpegBytes(img image.Image, quality int) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality})
	return out.Bytes(), err
}

// shrink gives the picture within width and height; it never makes one larger.
func shrink(img image.Image, width, height int) image.Image {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if w <= width && h <= height {
		return img
	}
	nw, nh := width, max(1, h*width/w)
	if nh > height {
		nw, nh = max(1, w*height/h), height
	}
	out := image.NewRGBA(image.Rect(0, 0, nw, nh))
	draw.BiLinear.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// onWhite puts a see-through picture on white, as JPEG cannot hold the transparency.
func onWhite(img image.Image) image.Image {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return img
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}

// exif finds EXIF data in a JPEG and the orientation it tells (1 to 8; 1 is
// upright). Source: JEITA CP-3451 (Exif 2.3), tag 0x0112.
func exif(b []byte, mime string) (orientation int, tagged bool) {
	if mime != "image/jpeg" {
		return 1, false
	}
	for i := 2; i+4 <= len(b) && b[i] == 0xFF && b[i+1] != 0xDA; {
		size := int(b[i+2])<<8 | int(b[i+3])
		if size < 2 || i+2+size > len(b) {
			break
		}
		if body := b[i+4 : i+2+size]; b[i+1] == 0xE1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return orientationOf(body[6:]), true
		}
		i += 2 + size
	}
	return 1, false
}

func orientationOf(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	big := tiff[0] == 'M'
	u16 := func(i int) int {
		if i < 0 || i+2 > len(tiff) {
			return 0
		}
		if big {
			return int(tiff[i])<<8 | int(tiff[i+1])
		}
		return int(tiff[i+1])<<8 | int(tiff[i])
	}
	at := u16(4)<<16 | u16(6)
	if !big {
		at = u16(6)<<16 | u16(4)
	}
	for n := range min(u16(at), 200) {
		if entry := at + 2 + 12*n; u16(entry) == 0x0112 {
			if o := u16(entry + 8); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// upright turns and mirrors a picture as its orientation asks.
func upright(img image.Image, orientation int) image.Image {
	if orientation <= 1 {
		return img
	}
	img = shrink(img, maxSide, maxSide) // fewer pixels to turn
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := turned(orientation, x, y, w, h)
			out.Set(tx, ty, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// turned says where a pixel goes.
func turned(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}

// Store writes the bytes of a picture and its smaller copies.
func (p Prepared) Store(to *blob.Store) error {
	sha, _, err := to.Put(bytes.NewReader(p.Bytes))
	if err != nil {
		return err
	}
	for width, b := range p.Copies {
		if err := to.Derive(sha, width, b); err != nil {
			return err
		}
	}
	return nil
}
