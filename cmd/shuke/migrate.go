package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/shuke-commerce/shuke/internal/app"
)

func runMigrate(ctx context.Context, args []string) error {
	f := flags("migrate", "[--config file]")
	path := configFlag(f)
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := loadConfig(*path)
	if err != nil {
		return err
	}
	d, applied, err := app.OpenDB(ctx, c, true)
	if err != nil {
		return err
	}
	for _, v := range applied {
		fmt.Printf("applied %04d\n", v)
	}
	if len(applied) == 0 {
		fmt.Println("nothing to do · 已是最新")
	}
	return errors.Join(d.Close())
}
