package importing

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
)

// folder is where a catalog file lies, for the pictures beside it. Nothing
// outside of it can be read.
type folder struct {
	root *os.Root
	stem string // the catalog file's name without its ending: 淘宝助理 keeps pictures in a folder of that name
}

func openFolder(file string) (*folder, error) {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("open the folder of the file: %w", err)
	}
	base := filepath.Base(file)
	return &folder{root: root, stem: strings.TrimSuffix(base, filepath.Ext(base))}, nil
}

func (d *folder) close() { _ = d.root.Close() }

// read finds a picture by the name the catalog gives: beside the file, in the
// folder named like the file, or in the usual folders of picture exports.
func (d *folder) read(name string) ([]byte, error) {
	name = strings.TrimLeft(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
	for _, place := range []string{name, path.Join(d.stem, name), path.Join("images", name), path.Join("media/catalog/product", name), path.Join("pub/media/catalog/product", name)} {
		b, err := d.open(place)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return b, err
	}
	return nil, errMissing
}

func (d *folder) open(place string) ([]byte, error) {
	f, err := d.root.Open(filepath.FromSlash(place))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, errMissing.Because(err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errMissing
	}
	b, err := io.ReadAll(io.LimitReader(f, catalog.MaxPictureBytes+1))
	if err != nil {
		return nil, errMissing.Because(err)
	}
	return b, nil
}
