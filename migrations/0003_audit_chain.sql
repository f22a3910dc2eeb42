CREATE TABLE `audit_head` (
	`id` integer PRIMARY KEY NOT NULL,
	`entries` integer NOT NULL,
	`last_id` integer NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `audit` ADD `pool_name` text;--> statement-breakpoint
ALTER TABLE `audit` ADD `hash` text;--> statement-breakpoint
ALTER TABLE `audit` ADD `previous_hash` text;--> statement-breakpoint
CREATE TRIGGER `audit_no_delete` BEFORE DELETE ON `audit`
BEGIN
	SELECT RAISE(ABORT, 'audit rows are never deleted');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_no_update` BEFORE UPDATE ON `audit`
WHEN OLD.`hash` IS NOT NULL OR NEW.`id` IS NOT OLD.`id` OR NEW.`at` IS NOT OLD.`at` OR NEW.`actor` IS NOT OLD.`actor`
	OR NEW.`action` IS NOT OLD.`action` OR NEW.`target_kind` IS NOT OLD.`target_kind`
	OR NEW.`target_id` IS NOT OLD.`target_id` OR NEW.`target_name` IS NOT OLD.`target_name`
	OR NEW.`outcome` IS NOT OLD.`outcome` OR NEW.`error_code` IS NOT OLD.`error_code`
	OR NEW.`before` IS NOT OLD.`before` OR NEW.`after` IS NOT OLD.`after`
BEGIN
	SELECT RAISE(ABORT, 'audit rows are never changed');
END;
