package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Command is an import from the command line: the file and the pictures beside it.
type Command struct {
	Shop     id.ID
	Path     string
	Settings Settings
	DryRun   bool     // preview only
	Progress Progress // called after every batch and picture; nil is fine
}

// Report says what an import did, or with DryRun would do.
type Report struct {
	FileName       string    `json:"file_name"`
	Format         string    `json:"format"`
	DryRun         bool      `json:"dry_run"`
	State          State     `json:"state"`
	Created        int64     `json:"created"`
	Changed        int64     `json:"changed"`
	Unchanged      int64     `json:"unchanged"`
	Refused        int64     `json:"refused"`
	Warnings       int64     `json:"warnings"`
	PicturesDone   int64     `json:"pictures_done"`
	PicturesFailed int64     `json:"pictures_failed"`
	Problems       []Problem `json:"problems" doc:"the first 500"`
	ImportID       id.ID     `json:"import_id"`
}

// CLI imports a file and waits for the end. The error tells what is wrong with
// the command or the machine; what is wrong with the file is in the report.
func (f *Flow) CLI(ctx context.Context, c Command) (Report, error) {
	file, err := os.Open(c.Path)
	if err != nil {
		return Report{}, fmt.Errorf("open the catalog file: %w", err)
	}
	defer func() { _ = file.Close() }()
	dir, err := openFolder(c.Path)
	if err != nil {
		return Report{}, err
	}
	defer dir.close()
	i, err := f.Upload(ctx, Who{Shop: c.Shop}, filepath.Base(c.Path), file, c.Settings)
	if err != nil {
		return Report{}, err
	}
	if c.DryRun {
		return f.dry(ctx, i)
	}
	i.State = Running // not Start: no server may be there to run it, and none may take it
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Must(`UPDATE imports SET state = 'running', updated_at = $3 WHERE shop_id = $1 AND id = $2`, i.ShopID, i.ID, f.Now())
	})
	if err != nil {
		return Report{}, err
	}
	runErr := f.work(ctx, i, c.Progress, dir)
	last, err := f.Get(context.WithoutCancel(ctx), c.Shop, i.ID)
	if err != nil {
		return Report{}, errors.Join(runErr, err)
	}
	r := reportOf(last)
	r.Problems, err = f.Problems(context.WithoutCancel(ctx), c.Shop, i.ID, 0, 500)
	return r, errors.Join(runErr, err)
}

// dry previews the file and forgets it again.
func (f *Flow) dry(ctx context.Context, i Import) (Report, error) {
	p, err := f.Preview(ctx, i.ShopID, i.ID, nil)
	if err != nil {
		return Report{}, err
	}
	r := reportOf(i)
	r.DryRun, r.Format, r.Created, r.Changed, r.Unchanged, r.Refused = true, p.Format, p.Created, p.Changed, p.Unchanged, p.Refused
	r.Warnings, r.Problems = p.Warnings, p.Problems
	if p.Broken != nil {
		r.State = Failed
		r.Problems = append(r.Problems, *p.Broken)
	}
	return r, f.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Must(`DELETE FROM imports WHERE shop_id = $1 AND id = $2`, i.ShopID, i.ID)
	})
}

func reportOf(i Import) Report {
	return Report{FileName: i.FileName, Format: i.Format, State: i.State, Created: i.Created, Changed: i.Changed, Unchanged: i.Unchanged, Refused: i.Refused,
		Warnings: i.Warnings, PicturesDone: i.PicturesDone, PicturesFailed: i.PicturesFailed, ImportID: i.ID}
}

// Print writes the report for people, in English with lang "en", else in Chinese.
func (r Report) Print(w io.Writer, lang string) error {
	var b strings.Builder
	en := lang == "en"
	say := func(zh, english string, args ...any) {
		if en {
			zh = english
		}
		fmt.Fprintf(&b, zh+"\n", args...)
	}
	name := r.Format
	if name == "" {
		name = "?"
	}
	say("%s（%s）", "%s (%s)", r.FileName, name)
	if r.DryRun {
		say("预览，没有写入：", "Preview, nothing was written:")
	}
	say("  新建 %d   修改 %d   无变化 %d   拒绝 %d   提示 %d", "  created %d   changed %d   unchanged %d   refused %d   warnings %d",
		r.Created, r.Changed, r.Unchanged, r.Refused, r.Warnings)
	if r.State != Failed && r.Created+r.Changed+r.Unchanged+r.Refused == 0 {
		say("  文件只有表头，没有商品。请检查导出时是否选中了商品。", "  The file has a header but no products. Check that products were chosen when it was exported.")
	}
	if r.PicturesDone+r.PicturesFailed > 0 {
		say("  图片：成功 %d   失败 %d", "  pictures: fetched %d   failed %d", r.PicturesDone, r.PicturesFailed)
	}
	if r.State == Failed {
		say("文件没有读完：", "The file was not read to its end:")
	}
	for _, p := range r.Problems {
		r.line(&b, p, en)
	}
	if n := r.Refused + r.Warnings - int64(len(r.Problems)); n > 0 && len(r.Problems) >= 500 {
		say("  …… 还有更多，见后台的导入记录", "  … more of them are in the console's import history")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) line(b *strings.Builder, p Problem, en bool) {
	mark, text, line, col := "✗", p.Zh, "第 %d 行", "第 %d 列"
	if p.Severity == "warning" {
		mark = "!"
	}
	if en {
		text, line, col = p.En, "line %d", "column %d"
	}
	var place []string
	if p.Line > 0 {
		place = append(place, fmt.Sprintf(line, p.Line))
	}
	if p.Column > 0 {
		place = append(place, fmt.Sprintf(col, p.Column))
	}
	if p.Field != "" {
		place = append(place, p.Field)
	}
	fmt.Fprintf(b, "  %s %s: %s", mark, strings.Join(place, " "), text)
	if p.Value != "" {
		fmt.Fprintf(b, " [%s]", p.Value)
	}
	b.WriteByte('\n')
}

// clean makes a text fit for a column: valid UTF-8 without NUL.
func clean(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "") }
