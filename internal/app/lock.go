package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/config"
)

// LockData keeps a second serving process off the folder of an embedded database:
// two would relay the same events and keep old pages in their caches. Commands
// that read, import or export run beside a market. On PostgreSQL any number may
// share the folder, and nothing is locked. Close what is returned at the end.
func LockData(c config.Config) (io.Closer, error) {
	if strings.HasPrefix(c.Database.URL, "postgres") {
		return io.NopCloser(nil), nil
	}
	if err := os.MkdirAll(c.Data.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("data.dir: %w", err)
	}
	f, free, err := hold(filepath.Join(c.Data.Dir, "shuke.lock"))
	if err != nil {
		return nil, fmt.Errorf("data.dir %s cannot be written · 数据目录不可写: %w", c.Data.Dir, err)
	}
	if !free {
		return nil, fmt.Errorf("data.dir %s is in use by another shuke process: stop it, or set SHUKE_DATA_DIR · 数据目录正被另一个 shuke 进程使用", c.Data.Dir)
	}
	return f, nil
}
