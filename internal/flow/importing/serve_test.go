package importing_test

import (
	"context"
	"encoding/json"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/flow/importing"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// A started import is run by the worker, woken by its event or found by itself.
func TestServe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		start := func() importing.Import {
			i, err := w.Upload(ctx, importing.Who{Shop: w.shop, Staff: 4}, `C:\data\goods.csv`, strings.NewReader(head+"a,A,,draft,,,,1.00,1,,,\r\n"), importing.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			if p, err := w.Preview(ctx, w.shop, i.ID, nil); err != nil || p.Created+p.Unchanged != 1 || len(p.Rows) != 1 {
				t.Fatalf("%+v %v", p, err)
			}
			if i, err = w.Start(ctx, importing.Who{Shop: w.shop}, i.ID, &importing.Settings{NoPictures: true}); err != nil || i.State != importing.Waiting {
				t.Fatal(err)
			}
			return i
		}
		first := start()
		serving, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { w.Serve(serving); close(done) }()
		await := func(i importing.Import) {
			t.Helper()
			for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
				if last, err := w.Get(ctx, w.shop, i.ID); err != nil || last.State == importing.Done {
					if err != nil || last.FileName != "goods.csv" || last.StaffID != 4 || last.ReadBytes != last.Size || last.FinishedAt.IsZero() || !last.Settings.NoPictures {
						t.Errorf("%+v %v", last, err)
					}
					return
				}
			}
			t.Fatal("the import was not run")
		}
		await(first)
		second := start()
		body, _ := json.Marshal(event.Import{ShopID: w.shop, ImportID: second.ID})
		if err := w.OnEvent(ctx, jobs.Event{Kind: event.ImportStarted, ShopID: w.shop, Payload: body}); err != nil {
			t.Fatal(err)
		}
		await(second)
		stop()
		<-done
		list, err := w.List(ctx, w.shop, 0, 10)
		if err != nil || len(list) != 2 || list[0].ID != second.ID || list[0].Unchanged != 1 {
			t.Errorf("%+v %v", list, err)
		}
		if _, err := w.Get(ctx, w.cfg.IDs.Next(), first.ID); errs.Code(err) != "import.not_found" {
			t.Errorf("another shop sees the import: %v", err)
		}
	})
}

func TestExpiredUploads(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t), offline)
	i, err := w.Upload(ctx, importing.Who{Shop: w.shop}, "a.csv", strings.NewReader(head), importing.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.Sweep(-time.Hour); err != nil || n != 1 {
		t.Fatalf("swept %d: %v", n, err)
	}
	if _, err := w.Preview(ctx, w.shop, i.ID, nil); errs.Code(err) != "import.file_gone" {
		t.Errorf("%v", err)
	}
	if _, err := w.Start(ctx, importing.Who{Shop: w.shop}, i.ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(ctx, w.shop, i.ID, nil); err != nil {
		t.Fatal(err)
	}
	if last, _ := w.Get(ctx, w.shop, i.ID); last.State != importing.Failed || last.Error != "import.file_gone" {
		t.Errorf("%+v", last)
	}
}

// 淘宝助理 keeps pictures as .tbi files in a folder named like the table.
func TestTaobaoFolder(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t), offline)
	columns := []string{"title", "cid", "price", "num", "description", "picture", "skuProps", "outer_id", "num_id", "approve_status", "propAlias", "cateProps", "inputPids", "inputValues"}
	row := []string{"陶瓷杯", "162104", "12.80", "5", `"<p>一只杯子</p>"`, "abc123:1:0:|;gone99:1:1:|;", "", "CUP-1", "9988", "1", "", "", "", ""}
	path := w.file("items.csv", "version 1.00\n"+strings.Join(columns, "\t")+"\n"+strings.Join(columns, "\t")+"\n"+strings.Join(row, "\t")+"\n")
	folder := filepath.Join(filepath.Dir(path), "items")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "abc123.tbi"), pngBytes(t, 8, 8, color.White), 0o600); err != nil {
		t.Fatal(err)
	}
	r := w.run(path, importing.Settings{})
	if of(r) != (counts{created: 1}) || r.PicturesDone != 1 || r.PicturesFailed != 1 {
		t.Fatalf("%+v: %+v", r, r.Problems)
	}
	if again := w.run(path, importing.Settings{}); of(again) != (counts{unchanged: 1}) || again.PicturesDone != 0 {
		t.Errorf("%+v", again)
	}
	if p := w.products()[0]; p.MainPicture() == "" || p.Media[1].Problem != "picture_missing" || w.onHand("CUP-1") != 5 {
		t.Errorf("%+v", p)
	}
}

// Names in a file cannot lead out of its folder.
func TestLocalPicturesStayInTheFolder(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t), offline)
	top := t.TempDir()
	if err := os.WriteFile(filepath.Join(top, "secret.png"), pngBytes(t, 8, 8, color.White), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "in")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(top, "secret.png"), filepath.Join(dir, "link.png")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.csv")
	text := head + "a,A,,draft,,,,1.00,1,,link.png|/" + filepath.ToSlash(filepath.Join(top, "secret.png")) + `|..\\secret.png,` + "\r\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := w.run(path, importing.Settings{}); r.PicturesDone != 0 || r.Created != 1 {
		t.Errorf("%+v", r)
	}
}

// Magento's pictures come in a file of their own, by SKU code.
func TestPictureList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		w.run(w.file("a.csv", head+"a,A,,draft,,,S-1,1.00,1,,,\r\nb,B,,draft,,,S-2,1.00,1,,,\r\n"), importing.Settings{})
		path := w.file("images.csv", "sku,image\nS-1,/m/one.png\nS-2,/m/two.png\nS-1,/m/three.png\nS-9,/m/nine.png\nS-2,\n")
		folder := filepath.Join(filepath.Dir(path), "images", "m")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"one.png", "three.png"} {
			if err := os.WriteFile(filepath.Join(folder, name), pngBytes(t, 8+i, 8, color.White), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		dry, err := w.CLI(ctx, importing.Command{Shop: w.shop, Path: path, DryRun: true})
		if err != nil || of(dry) != (counts{changed: 1, refused: 2}) {
			t.Fatalf("%+v %v", dry, err)
		}
		r := w.run(path, importing.Settings{})
		if of(r) != (counts{changed: 1, refused: 2}) || r.PicturesDone != 2 || r.State != importing.Done {
			t.Errorf("%+v: %+v", of(r), r.Problems)
		}
		if again := w.run(path, importing.Settings{}); of(again) != (counts{unchanged: 1, refused: 2}) {
			t.Errorf("%+v", of(again))
		}
		if p := w.products()[0]; len(p.Media) != 2 || p.Media[0].URL == "" || p.Media[1].URL == "" {
			t.Errorf("%+v", p.Media)
		}
	})
}
