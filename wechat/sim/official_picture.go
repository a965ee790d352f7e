package sim

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
)

// grayPicture stands for the first frame of a video.
var grayPicture = func() []byte {
	canvas := image.NewGray(image.Rect(0, 0, 64, 48))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(color.Gray{Y: 96}), image.Point{}, draw.Src)
	var b bytes.Buffer
	_ = jpeg.Encode(&b, canvas, nil) // into memory: it does not fail
	return b.Bytes()
}()
