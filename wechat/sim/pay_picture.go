package sim

import (
	"bytes"
	"image"
	"image/draw"
	_ "image/gif"  // pictures a cashier may drop
	_ "image/jpeg" // likewise
	"image/png"
	"io"
	"net/http"
	"strconv"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	qrreader "github.com/makiuchi-d/gozxing/qrcode"
)

const (
	maxPixels      = 40_000_000
	maxBarcodeText = 80
)

// drawBarcode serves /_sim/barcode?text=&width=&height= as a Code 128.
func (s *Server) drawBarcode(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	size := func(name string, least, most, usual int) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < least || n > most {
			return usual
		}
		return n
	}
	width, height := size("width", 120, 2000, 640), size("height", 20, 600, 160)
	text := q.Get("text")
	if text == "" || len(text) > maxBarcodeText {
		writeJSON(w, http.StatusBadRequest, bad("barcode.text", "条形码内容需要 1 到 80 个字符", "text must have 1 to 80 characters"))
		return
	}
	code, err := code128.Encode(text)
	var scaled barcode.Barcode
	if err == nil {
		bars := code.Bounds().Dx()
		scaled, err = barcode.Scale(code, max(1, (width-20)/bars)*bars, height)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, bad("barcode.text", "无法生成条形码", err.Error()))
		return
	}
	canvas := image.NewGray(image.Rect(0, 0, max(width, scaled.Bounds().Dx()+20), height)) // with the quiet zone that scanners need
	draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	left := (canvas.Bounds().Dx() - scaled.Bounds().Dx()) / 2
	draw.Draw(canvas, scaled.Bounds().Add(image.Pt(left, 0)), scaled, scaled.Bounds().Min, draw.Src)
	var buf bytes.Buffer
	if err := png.Encode(&buf, canvas); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(buf.Bytes())
}

// readPicture reads the bar code or QR code in a picture, such as a screenshot of a payment code.
func (s *Server) readPicture(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPicture))
	var shape image.Config
	if err == nil {
		shape, _, err = image.DecodeConfig(bytes.NewReader(raw))
	}
	if err != nil || shape.Width*shape.Height > maxPixels {
		writeJSON(w, http.StatusBadRequest, bad("picture.format", "这个文件不是可以识别的图片", "send a PNG, JPEG or GIF of at most 10 MB"))
		return
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		writeJSON(w, http.StatusBadRequest, bad("picture.format", "这个文件不是可以识别的图片", err.Error()))
		return
	}
	text, kind, ok := readCodes(picture)
	if !ok {
		writeJSON(w, http.StatusNotFound, refuse(http.StatusNotFound, "code.none", "图片里没有找到条形码或二维码", "no bar code or QR code was found in the picture"))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"text": text, "kind": kind})
}

// readCodes looks for a QR code, then for bars.
func readCodes(picture image.Image) (text, kind string, ok bool) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", "", false
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for _, reader := range []gozxing.Reader{oned.NewCode128Reader(), qrreader.NewQRCodeReader(), oned.NewEAN13Reader()} {
		if found, err := reader.Decode(bitmap, hints); err == nil && found.GetText() != "" {
			return found.GetText(), found.GetBarcodeFormat().String(), true
		}
	}
	return "", "", false
}
